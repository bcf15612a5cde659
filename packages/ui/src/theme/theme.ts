import type { MantineColorsTuple } from '@mantine/core';
import { createTheme } from '@mantine/core';

/** Jade: the one accent of JzSE. Shade 7 carries white text at 4.5:1 and more. */
const jade: MantineColorsTuple = [
  '#e9f8f4',
  '#d3eee6',
  '#a7dccd',
  '#77c9b2',
  '#4fb99b',
  '#35ae8c',
  '#1f9a79',
  '#0b7f62',
  '#07664f',
  '#034e3c',
];

const textFonts =
  'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

export const theme = createTheme({
  colors: { jade },
  primaryColor: 'jade',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: textFonts,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontFamily: textFonts, fontWeight: '650' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Tooltip: {
      defaultProps: { openDelay: 350, withArrow: true, multiline: true, maw: 280, events: { hover: true, focus: true, touch: false } },
    },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45, blur: 2 }, radius: 'lg' } },
    Menu: { defaultProps: { shadow: 'md', radius: 'md', transitionProps: { duration: 80 } } },
  },
});
