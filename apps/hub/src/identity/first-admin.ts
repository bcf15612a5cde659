import { secretHash } from '@jzse/identity';
import type { SpaceId } from '@jzse/sync';
import type { Directory } from './directory.ts';
import { becomes } from './records.ts';

/** Name of the first admin, and of the token with which the hub was started; versions carry both. */
export const firstAdmin = { user: 'owner', device: 'token', tokenId: 'first-admin' } as const;

/**
 * Whoever starts the hub with a token can do everything with it: it is an API token of the first admin, who manages the spaces that the
 * configuration names. What was changed about that admin since stays; another token takes the place of the former.
 */
export async function ensureFirstAdmin(
  { directory, nowMs }: { readonly directory: Directory; readonly nowMs: () => number },
  { token, spaces }: { readonly token: string; readonly spaces: readonly SpaceId[] },
): Promise<void> {
  const { user, device, tokenId } = firstAdmin;
  const createdMs = nowMs();
  if (!(await directory.isKnown('user', user))) {
    const rest = { isAdmin: true, isDisabled: false, isService: false, passwordHash: null, totpSecret: null, validFromMs: createdMs };
    await directory.put([becomes('user', { user, displayName: '', ...rest })]);
  }
  const hash = secretHash(token);
  if ((await directory.get('token', tokenId))?.secretHash !== hash) {
    const rest = { scopes: null, spaces: null, createdMs, expiresMs: null };
    await directory.put([becomes('token', { id: tokenId, user, name: device, secretHash: hash, ...rest })]);
  }
  for (const space of spaces) await makeManager(directory, space, user);
}

/** Of a space that is new; who was put out since stays out. */
export async function makeManager(directory: Directory, space: SpaceId, user: string): Promise<void> {
  const change = becomes('member', { space, subject: { type: 'user', user }, role: 'manager' });
  if (!(await directory.isKnown('member', change.key))) await directory.put([change]);
}
