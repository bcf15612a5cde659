import { problemError } from './page-error.ts';

/** What a person can sign in with; `code`: of the second factor, once it was asked for. */
export type Credentials =
  | { readonly token: string }
  | { readonly user: string; readonly password: string; readonly code: string | null; readonly device: string };

/** Exchanges what a person has for the session cookie. Throws `SignInFailed`. */
export async function signIn(credentials: Credentials): Promise<void> {
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(credentials),
  }).catch(() => null);
  if (response === null) throw new SignInFailed('unreachable');
  if (response.ok) return;
  throw new SignInFailed(problemError(response.status, await response.text()).code);
}

export class SignInFailed extends Error {
  readonly code: ReturnType<typeof problemError>['code'];
  constructor(code: ReturnType<typeof problemError>['code']) {
    super(`sign-in failed: ${code}`);
    this.code = code;
  }
}

/** The token of `#token=…`, taken out of the address at once so that it is neither bookmarked nor shared. */
export function takeTokenFromAddress(): string | null {
  const match = /^#token=(.+)$/.exec(location.hash);
  if (match?.[1] === undefined) return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  return decodeURIComponent(match[1]);
}

/** What may come back with a browser that went to sign in elsewhere. */
const providerFailures = ['wrong-credentials', 'forbidden', 'hub-unreachable', 'not-ready', 'too-many-requests'] as const;

/** The code of `#signin-error=…`, taken out of the address at once: it is not to be said again after the next sign-in. */
export function takeSignInErrorFromAddress(): SignInFailed['code'] | null {
  const match = /^#signin-error=([a-z-]+)$/.exec(location.hash);
  if (match === null) return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  return providerFailures.find((code) => code === match[1]) ?? 'internal';
}

/** Ends the session of this browser; what the edge does not answer is tried again at the next sign-out. */
export async function signOut(): Promise<void> {
  await fetch('/session', { method: 'DELETE' }).catch(() => null);
}
