import { type DirectoryState, JzseError } from '@jzse/api';
import type { SignedIn, SignIn } from '@jzse/api/hub';
import type { IdentityStore } from '@jzse/db/hub';
import { checkTotp, type Passwords } from '@jzse/identity';
import type { AttemptLimits } from './attempt-limits.ts';
import type { Directory } from './directory.ts';
import type { Sessions } from './sessions.ts';

export interface SignInDeps {
  readonly directory: Pick<Directory, 'get'>;
  readonly store: Pick<IdentityStore, 'takeTotpStep'>;
  readonly passwords: Passwords;
  readonly limits: AttemptLimits;
  readonly sessions: Pick<Sessions, 'open'>;
  readonly nowMs: () => number;
}

/** What was wrong is not said, and does not show in the time it takes; only whoever knew the password hears of a second factor. */
export function signIn(deps: SignInDeps): (request: SignIn) => Promise<SignedIn> {
  return async ({ user: name, password, code, device, wants, address }) => {
    await deps.limits.attempt({ user: name, address }, async () => {
      const user = await deps.directory.get('user', name);
      const isRight = await checkPassword(deps, user, password);
      if (user === null || !isRight) throw wrongCredentials();
      await checkSecondFactor(deps, user, code);
    });
    return deps.sessions.open(name, { device, wants });
  };
}

export const checkPassword = async (
  { passwords }: Pick<SignInDeps, 'passwords'>,
  user: DirectoryState<'user'> | null,
  password: string,
): Promise<boolean> => (await passwords.check(password, user?.passwordHash ?? null)) && user?.isDisabled === false && !user.isService;

/** Nothing to do where there is none. Throws `second-factor-needed`, `wrong-credentials`. */
async function checkSecondFactor(
  { store, nowMs }: Pick<SignInDeps, 'store' | 'nowMs'>,
  { user, totpSecret }: DirectoryState<'user'>,
  code: string | null,
): Promise<void> {
  if (totpSecret === null) return;
  if (code === null) throw new JzseError('second-factor-needed', 'give the six digits that your authenticator shows too');
  const step = checkTotp({ secret: totpSecret, code, nowMs: nowMs(), lastStep: null });
  if (step === null || !(await store.takeTotpStep(user, step))) throw wrongCredentials();
}

export const wrongCredentials = (): JzseError => new JzseError('wrong-credentials', 'the name, the password or the code is wrong');
