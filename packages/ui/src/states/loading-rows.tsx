import { Group, Skeleton, Stack, VisuallyHidden } from '@mantine/core';
import { useUiText } from '../text/ui-text.ts';

const widths = [38, 24, 45, 30, 52, 27, 41, 33];

/** Rows as they will be, before they are known. */
export function LoadingRows() {
  const { say } = useUiText();
  return (
    <Stack gap={0} px="md" role="status">
      <VisuallyHidden>{say('state.loading')}</VisuallyHidden>
      {widths.map((width) => (
        <Group key={width} h={44} gap="sm" wrap="nowrap" aria-hidden>
          <Skeleton w={22} h={22} radius="sm" />
          <Skeleton w={`${width}%`} h={12} radius="xl" />
          <Skeleton w={70} h={12} radius="xl" ml="auto" visibleFrom="sm" />
          <Skeleton w={110} h={12} radius="xl" visibleFrom="sm" />
        </Group>
      ))}
    </Stack>
  );
}
