import { Group, Kbd, Modal, Stack, Text } from '@mantine/core';
import { usePageText } from '../text/page-text.ts';

/** What the keys do. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  const { say } = usePageText();
  const mod = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';
  const rows: readonly (readonly [readonly string[], string])[] = [
    [['↑', '↓', 'PgUp', 'PgDn', 'Home', 'End'], say('help.move')],
    [['Enter'], say('help.open')],
    [['Space'], say('help.choose')],
    [[mod, 'A'], say('help.all')],
    [['Backspace'], say('help.up')],
    [['F2'], say('action.rename')],
    [['Del'], say('action.delete')],
    [[mod, 'U'], say('action.uploadFiles')],
    [['Shift', 'F10'], say('help.menu')],
    [['?'], say('help.title')],
  ];
  return (
    <Modal opened onClose={onClose} title={say('help.title')} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack gap="xs">
        {rows.map(([keys, meaning]) => (
          <Group key={meaning} justify="space-between" wrap="nowrap" gap="md">
            <Text size="sm">{meaning}</Text>
            <Group gap={4} wrap="nowrap">
              {keys.map((key) => (
                <Kbd key={key} size="xs">
                  {key}
                </Kbd>
              ))}
            </Group>
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}
