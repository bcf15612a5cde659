import { JzseError } from '@jzse/api';
import { createEdgeClient, createHubClient } from '@jzse/client';
import { removeSession, type Session, writeSession } from './session-file.ts';

/** An access token that ends sooner is renewed before it is used. */
const renewBeforeMs = 60_000;

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly edgeUrl: string | null;
  readonly hubUrl: string | null;
}

/** An access token for these servers, renewed if need be; null: the session is one of other servers. */
export async function tokenOf(session: Session | null, { env, edgeUrl, hubUrl }: Surroundings): Promise<string | null> {
  if (session === null) return null;
  const isOurs = (session.edgeUrl !== null && session.edgeUrl === edgeUrl) || (session.hubUrl !== null && session.hubUrl === hubUrl);
  if (!isOurs) return null;
  if (session.accessExpiresMs - Date.now() > renewBeforeMs) return session.accessToken;
  try {
    const { accessToken, accessExpiresMs, refreshToken } = await refresh(session);
    await writeSession(env, { ...session, accessToken, accessExpiresMs, refreshToken: refreshToken ?? session.refreshToken });
    return accessToken;
  } catch (error) {
    // What cannot be renewed now is sent as it is: the call itself says what is wrong.
    if (!(error instanceof JzseError) || error.code !== 'wrong-credentials') return session.accessToken;
    await removeSession(env);
    return null;
  }
}

function refresh({ edgeUrl, hubUrl, refreshToken }: Session) {
  if (edgeUrl !== null) return createEdgeClient({ url: edgeUrl }).trpc.accounts.refresh.mutate({ refreshToken });
  return createHubClient({ url: hubUrl ?? '' }).trpc.accounts.refresh.mutate({ refreshToken });
}
