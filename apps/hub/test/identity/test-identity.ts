import { openHubStore, openIdentityStore } from '@jzse/db/hub';
import type { SpaceId } from '@jzse/sync';
import { startTestPostgres, type TestPostgres } from '../../../../packages/db/test/test-postgres.ts';
import { composeIdentity } from '../../src/identity/compose-identity.ts';
import { servicesForPerson } from '../../src/identity/services-for-person.ts';

export const adminToken = 'the-token-of-the-first-admin';
export const password = 'correct horse battery';
export const demo = 'demo' as SpaceId;
const startMs = Date.UTC(2026, 5, 1);

export { servicesForPerson, startTestPostgres, type TestPostgres };

/** People of a hub over a real database, with a clock that tests move. */
export async function startTestIdentity(postgres: TestPostgres) {
  const databaseUrl = await postgres.createDatabase();
  let nowMs = startMs;
  const clock = { now: () => nowMs, pass: (ms: number) => (nowMs += ms) };
  const hub = await openHubStore({ databaseUrl, nowMs: clock.now, poolMax: 2 });
  await hub.createSpace(demo);
  const store = await openIdentityStore({ databaseUrl });
  const revisions: number[] = [];
  const compose = (token = adminToken) =>
    composeIdentity({
      store,
      hub,
      nowMs: clock.now,
      directoryChanged: (revision) => revisions.push(revision),
      oidc: null,
      firstAdmin: { token, spaces: [demo] },
    });
  const identity = await compose();
  const addUser = (
    user: string,
    rest: { readonly isAdmin?: boolean; readonly isService?: boolean; readonly password?: string | null } = {},
  ) => identity.people.createUser({ user, displayName: user, password, isAdmin: false, isService: false, ...rest });
  const signIn = (user: string, rest: Partial<Parameters<typeof identity.signIn>[0]> = {}) =>
    identity.signIn({ user, password, code: null, device: 'laptop', wants: 'refresh-token', address: '192.0.2.1', ...rest });
  return {
    ...identity,
    databaseUrl,
    hub,
    store,
    clock,
    revisions,
    compose,
    addUser,
    signIn,
    close: async () => {
      await store.close();
      await hub.close();
    },
  };
}
export type TestIdentity = Awaited<ReturnType<typeof startTestIdentity>>;
