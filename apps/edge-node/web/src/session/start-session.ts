import { SignInFailed, signIn, takeTokenFromAddress } from '../edge/session.ts';

/** How the page was opened: without a token, or with one that was taken or refused. */
export type SessionStart =
  | { readonly type: 'plain' }
  | { readonly type: 'taken' }
  | { readonly type: 'refused'; readonly code: SignInFailed['code'] };

/** Signs in with the token of the address, if there is one. Never rejects. */
export async function startSession(): Promise<SessionStart> {
  const token = takeTokenFromAddress();
  if (token === null) return { type: 'plain' };
  try {
    await signIn({ token });
    return { type: 'taken' };
  } catch (error) {
    return { type: 'refused', code: error instanceof SignInFailed ? error.code : 'internal' };
  }
}
