import { Divider, PasswordInput, Stack, TextInput } from '@mantine/core';
import { IconKey, IconLock, IconShieldLock, IconUser } from '@tabler/icons-react';
import type { Credentials } from '../edge/session.ts';
import { usePageText } from '../text/page-text.ts';
import { ProviderButton } from './provider-button.tsx';

export interface SignInEntries {
  readonly user: string;
  readonly password: string;
  readonly code: string;
  readonly token: string;
}
export const noEntries: SignInEntries = { user: '', password: '', code: '', token: '' };

/** A token goes before a name: who filled it in means it. */
export function toCredentials({ user, password, code, token }: SignInEntries): Credentials {
  if (token.trim() !== '') return { token: token.trim() };
  const digits = code.replaceAll(/\s/g, '');
  return { user: user.trim().toLowerCase(), password, code: digits === '' ? null : digits, device: deviceName() };
}

export function isComplete({ user, password, code, token }: SignInEntries, needsCode: boolean): boolean {
  return token.trim() !== '' || (user.trim() !== '' && password !== '' && (!needsCode || /^\s*\d(?:\s*\d){5}\s*$/.test(code)));
}

export interface SignInFieldsProps {
  readonly entries: SignInEntries;
  readonly needsCode: boolean;
  readonly onChange: (entries: SignInEntries) => void;
}

export function SignInFields({ entries, needsCode, onChange }: SignInFieldsProps) {
  const { say } = usePageText();
  const set = (name: keyof SignInEntries) => (event: { readonly currentTarget: { readonly value: string } }) =>
    onChange({ ...entries, [name]: event.currentTarget.value });
  const eye = { 'aria-label': say('signIn.show') };
  return (
    <Stack gap="sm">
      <TextInput
        label={say('signIn.user')}
        value={entries.user}
        onChange={set('user')}
        leftSection={<IconUser size={16} aria-hidden />}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
      />
      <PasswordInput
        label={say('signIn.password')}
        value={entries.password}
        onChange={set('password')}
        leftSection={<IconLock size={16} aria-hidden />}
        autoComplete="current-password"
        visibilityToggleButtonProps={eye}
      />
      {needsCode && (
        <TextInput
          label={say('signIn.code')}
          description={say('signIn.codeHint')}
          value={entries.code}
          onChange={set('code')}
          leftSection={<IconShieldLock size={16} aria-hidden />}
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
        />
      )}
      <ProviderButton />
      <Divider label={say('signIn.or')} labelPosition="center" my={4} />
      <PasswordInput
        label={say('signIn.token')}
        description={say('signIn.tokenHint')}
        value={entries.token}
        onChange={set('token')}
        leftSection={<IconKey size={16} aria-hidden />}
        autoComplete="off"
        visibilityToggleButtonProps={eye}
      />
    </Stack>
  );
}

/** As it stands in the person's list of sessions. */
function deviceName(): string {
  const { userAgent } = navigator;
  const browser = /Edg\//.test(userAgent)
    ? 'Edge'
    : /Firefox\//.test(userAgent)
      ? 'Firefox'
      : /Chrome\//.test(userAgent)
        ? 'Chrome'
        : /Safari\//.test(userAgent)
          ? 'Safari'
          : 'browser';
  const system = /Windows|Macintosh|Android|iPhone|iPad|Linux/.exec(userAgent)?.[0];
  return system === undefined ? browser : `${browser} (${system})`;
}
