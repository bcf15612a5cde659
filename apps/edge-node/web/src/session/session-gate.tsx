import { ErrorState, LoadingRows } from '@jzse/ui';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { use, useState } from 'react';
import { toPageError } from '../edge/page-error.ts';
import { queryKeys } from '../edge/query-keys.ts';
import { useStatus } from '../status/use-status.ts';
import { usePageText } from '../text/page-text.ts';
import { useErrorText } from '../text/use-error-text.ts';
import { SignInPage } from './sign-in-page.tsx';
import type { SessionStart } from './start-session.ts';

export interface SessionGateProps {
  readonly start: Promise<SessionStart>;
  readonly children: ReactNode;
}

/** Lets those in who have a session; asks the others for the token. What was loaded stays up while the edge is away. */
export function SessionGate({ start, children }: SessionGateProps) {
  const opened = use(start);
  const [refused, setRefused] = useState(opened.type === 'refused' ? opened : null);
  const client = useQueryClient();
  const status = useStatus();
  const { say } = usePageText();
  const describe = useErrorText();
  const error = status.error === null ? null : toPageError(status.error);

  if (refused !== null || error?.code === 'unauthenticated') {
    const enter = () => {
      setRefused(null);
      client.removeQueries({ predicate: ({ queryKey }) => queryKey !== queryKeys.status });
      return client.resetQueries({ queryKey: queryKeys.status });
    };
    return <SignInPage refused={refused} onSignedIn={enter} />;
  }
  if (status.data !== undefined) return children;
  if (error === null) return <LoadingRows />;
  return <ErrorState title={say('error.title')} {...describe(error)} onRetry={() => void status.refetch()} />;
}
