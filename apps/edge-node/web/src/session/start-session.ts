import { SignInFailed, signIn, takeSignInErrorFromAddress, takeTokenFromAddress } from '../edge/session.ts';

/** How the page was opened: plainly, with a token that was taken or refused, or by a provider's sign-in that failed. */
export type SessionStart =
  | { readonly type: 'plain' }
  | { readonly type: 'taken' }
  | { readonly type: 'refused'; readonly code: SignInFailed['code']; readonly by: 'token' | 'provider' };

/** Signs in with the token of the address, if there is one. Never rejects. */
export async function startSession(): Promise<SessionStart> {
  const failed = takeSignInErrorFromAddress();
  if (failed !== null) return { type: 'refused', code: failed, by: 'provider' };
  const token = takeTokenFromAddress();
  if (token === null) return { type: 'plain' };
  try {
    await signIn({ token });
    return { type: 'taken' };
  } catch (error) {
    return { type: 'refused', code: error instanceof SignInFailed ? error.code : 'internal', by: 'token' };
  }
}
