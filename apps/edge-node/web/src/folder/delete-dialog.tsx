import type { EntryInfo } from '@jzse/api/edge';
import { Button, Group, Modal, Text } from '@mantine/core';
import { useState } from 'react';
import { usePageText } from '../text/page-text.ts';

export interface DeleteDialogProps {
  readonly entries: readonly EntryInfo[];
  readonly onDelete: (entries: readonly EntryInfo[]) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks before deleting, and says what that means. */
export function DeleteDialog({ entries, onDelete, onClose }: DeleteDialogProps) {
  const { say } = usePageText();
  const [isBusy, setBusy] = useState(false);
  const [first] = entries;
  const title =
    entries.length === 1 ? say('delete.titleOne', { name: first?.name ?? '' }) : say('delete.titleMany', { count: entries.length });
  const confirm = async () => {
    setBusy(true);
    await onDelete(entries);
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': say('action.cancel') }}>
      <Text size="sm" c="dimmed" mb="lg">
        {say('delete.text')}
      </Text>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {say('action.cancel')}
        </Button>
        <Button color="red" loading={isBusy} onClick={confirm} data-autofocus>
          {say('action.delete')}
        </Button>
      </Group>
    </Modal>
  );
}
