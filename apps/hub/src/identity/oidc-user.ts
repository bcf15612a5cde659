import { JzseError, userNameSchema } from '@jzse/api';
import type { IdentityStore } from '@jzse/db/hub';
import type { Directory } from './directory.ts';
import type { OidcPerson } from './oidc.ts';
import { becomes } from './records.ts';
import { mayAct } from './sessions.ts';

export interface OidcUserDeps {
  readonly directory: Directory;
  readonly store: Pick<IdentityStore, 'personOfSubject' | 'linkSubject'>;
  readonly nowMs: () => number;
}

/**
 * The user who the provider says it is: known by the provider's own id for the person; the first time by the address that the provider has
 * checked, which becomes the name. An admin may have made that user before, without a password; one with a password is somebody else.
 * Throws `wrong-credentials`.
 */
export async function userOf(deps: OidcUserDeps, { issuer, subject, email, name }: OidcPerson): Promise<string> {
  const { directory, store, nowMs } = deps;
  const known = await store.personOfSubject(issuer, subject);
  if (known !== null) return active(directory, known);
  const parsed = userNameSchema.safeParse(email);
  if (!parsed.success) throw refused('your identity provider vouches for no e-mail address that could be your name here: ask an admin');
  const user = parsed.data;
  const there = await directory.get('user', user);
  if (there !== null && (there.passwordHash !== null || there.isService)) {
    throw refused(`${user} signs in here with a password: ask an admin`);
  }
  if (there === null) {
    const rest = { isAdmin: false, isDisabled: false, isService: false, passwordHash: null, totpSecret: null, validFromMs: nowMs() };
    await directory.put([becomes('user', { user, displayName: name, ...rest }, null)]);
  }
  await store.linkSubject(issuer, subject, user);
  return active(directory, user);
}

async function active(directory: Directory, user: string): Promise<string> {
  if (!mayAct(await directory.get('user', user))) throw refused('you may not sign in here: ask an admin');
  return user;
}

const refused = (message: string): JzseError => new JzseError('wrong-credentials', message);
