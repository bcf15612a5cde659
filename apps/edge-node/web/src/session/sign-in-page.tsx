import { BrandMark, ColorSchemeMenu, LanguageMenu } from '@jzse/ui';
import { Alert, Button, Paper, Stack, Text, Title } from '@mantine/core';
import type { FormEvent } from 'react';
import { useState } from 'react';
import { SignInFailed, signIn } from '../edge/session.ts';
import { usePageText } from '../text/page-text.ts';
import { useErrorText } from '../text/use-error-text.ts';
import { isComplete, noEntries, SignInFields, toCredentials } from './sign-in-fields.tsx';
import classes from './sign-in-page.module.css';

interface Failure {
  readonly code: SignInFailed['code'];
  readonly by: 'token' | 'provider' | 'form';
}

export interface SignInPageProps {
  /** Why the token of the address, or who came back from the provider, was not taken. */
  readonly refused: Failure | null;
  readonly onSignedIn: () => Promise<void>;
}

/** Asks for name and password, for the code of a second factor where there is one, or for a token. */
export function SignInPage({ refused, onSignedIn }: SignInPageProps) {
  const { say } = usePageText();
  const [entries, setEntries] = useState(noEntries);
  const [failed, setFailed] = useState<Failure | null>(refused);
  const [needsCode, setNeedsCode] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const failedText = useFailureText(failed, needsCode);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn(toCredentials(entries));
      await onSignedIn();
    } catch (error) {
      const code = error instanceof SignInFailed ? error.code : 'internal';
      // Asked for the first time it is no failure: the field says what to do.
      setFailed(code === 'second-factor-needed' && !needsCode ? null : { code, by: 'form' });
      setNeedsCode(needsCode || code === 'second-factor-needed');
      setBusy(false);
    }
  };
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
            <SignInFields entries={entries} needsCode={needsCode} onChange={setEntries} />
            {failedText !== null && (
              <Alert color="red" variant="light" role="alert" p="sm">
                {failedText}
              </Alert>
            )}
            <Button type="submit" loading={isBusy} disabled={!isComplete(entries, needsCode)} fullWidth>
              {say('signIn.button')}
            </Button>
          </Stack>
        </form>
      </Paper>
    </main>
  );
}

function useFailureText(failed: Failure | null, needsCode: boolean): string | null {
  const { say } = usePageText();
  const describe = useErrorText();
  if (failed === null) return null;
  const told = failed.by === 'provider' ? providerTexts[failed.code] : undefined;
  if (told !== undefined) return say(told);
  if (failed.code === 'unauthenticated') return say('signIn.wrong');
  const code = failed.code === 'second-factor-needed' && needsCode ? 'wrong-credentials' : failed.code;
  return describe({ code, retryable: true, said: '' }).text;
}

const providerTexts: Partial<Record<Failure['code'], PageTextKey>> = {
  'wrong-credentials': 'signIn.providerRefused',
  forbidden: 'signIn.providerNothingHere',
  'hub-unreachable': 'signIn.providerAway',
  'not-ready': 'signIn.providerAway',
};
type PageTextKey = 'signIn.providerRefused' | 'signIn.providerNothingHere' | 'signIn.providerAway';
