import { BrandMark, ColorSchemeMenu, LanguageMenu } from '@jzse/ui';
import { Alert, Button, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import type { FormEvent } from 'react';
import { useState } from 'react';
import { SignInFailed, signIn } from '../edge/session.ts';
import { usePageText } from '../text/page-text.ts';
import { useErrorText } from '../text/use-error-text.ts';
import classes from './sign-in-page.module.css';

export interface SignInPageProps {
  /** Why the token of the address was not taken. */
  readonly refused: SignInFailed['code'] | null;
  readonly onSignedIn: () => Promise<void>;
}

/** Asks for the token. */
export function SignInPage({ refused, onSignedIn }: SignInPageProps) {
  const { say } = usePageText();
  const describe = useErrorText();
  const [token, setToken] = useState('');
  const [failed, setFailed] = useState(refused);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn(token.trim());
      await onSignedIn();
    } catch (error) {
      setFailed(error instanceof SignInFailed ? error.code : 'internal');
      setBusy(false);
    }
  };
  const failedText =
    failed === null
      ? null
      : failed === 'unauthenticated'
        ? say('signIn.wrong')
        : describe({ code: failed, retryable: true, said: '' }).text;
  return (
    <main className={classes['page']}>
      <div className={classes['tools']}>
        <LanguageMenu />
        <ColorSchemeMenu />
      </div>
      <Paper className={classes['card'] ?? ''} withBorder radius="lg" p="xl" shadow="sm">
        <form onSubmit={submit}>
          <Stack gap="md">
            <BrandMark size={40} />
            <div>
              <Title order={1} size="h3">
                {say('signIn.title')}
              </Title>
              <Text size="sm" c="dimmed" mt={4}>
                {say('signIn.hint')}
              </Text>
            </div>
            <PasswordInput
              label={say('signIn.token')}
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              leftSection={<IconKey size={16} aria-hidden />}
              autoComplete="current-password"
              data-autofocus
              autoFocus
              required
              withAsterisk={false}
            />
            {failedText !== null && (
              <Alert color="red" variant="light" role="alert" p="sm">
                {failedText}
              </Alert>
            )}
            <Button type="submit" loading={isBusy} disabled={token.trim() === ''} fullWidth>
              {say('signIn.button')}
            </Button>
          </Stack>
        </form>
      </Paper>
    </main>
  );
}
