import { checkName } from '@jzse/sync';
import { useUiText } from '@jzse/ui';
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { useEffect, useRef, useState } from 'react';
import { toPageError } from '../edge/page-error.ts';
import { useErrorText } from '../text/use-error-text.ts';

export interface NameDialogProps {
  readonly title: string;
  readonly label: string;
  readonly button: string;
  readonly cancel: string;
  readonly initial: string;
  /** Rejects where the edge refuses the name. */
  readonly onSubmit: (name: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks for a name; stays open, and says why, while the name does not do. */
export function NameDialog({ title, label, button, cancel, initial, onSubmit, onClose }: NameDialogProps) {
  const { say } = useUiText();
  const describe = useErrorText();
  const input = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(initial);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    const end = initial.lastIndexOf('.');
    input.current?.focus();
    input.current?.setSelectionRange(0, end > 0 ? end : initial.length);
  }, [initial]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    if (checkName(wanted) !== null) return setError(say('error.invalid-name'));
    setBusy(true);
    try {
      await onSubmit(wanted);
      onClose();
    } catch (failed) {
      setError(describe(toPageError(failed)).text);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': cancel }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            ref={input}
            label={label}
            value={name}
            error={error}
            onChange={(event) => {
              setName(event.currentTarget.value);
              setError(null);
            }}
            data-autofocus
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {cancel}
            </Button>
            <Button type="submit" loading={isBusy} disabled={name.trim() === ''}>
              {button}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
