import type { Principal } from '@jzse/api';
import type { AccountServices, OidcOffer, PeopleServices, SharingServices, SignIn } from '@jzse/api/hub';
import type { HubStore, IdentityStore } from '@jzse/db/hub';
import { createPasswords, isAdminCall } from '@jzse/identity';
import type { SpaceId } from '@jzse/sync';
import { createAttemptLimits } from './attempt-limits.ts';
import { createDirectory, type Directory } from './directory.ts';
import { ensureFirstAdmin } from './first-admin.ts';
import { createHandOvers, type HandOvers } from './hand-over.ts';
import { type HubKeys, openHubKeys } from './hub-keys.ts';
import type { OidcUserDeps } from './oidc-user.ts';
import { ownAccount } from './own-account.ts';
import { people } from './people.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { sharing } from './sharing.ts';
import { signIn } from './sign-in.ts';

export interface ComposeIdentityDeps {
  readonly store: IdentityStore;
  readonly hub: Pick<HubStore, 'listSpaces' | 'entry'>;
  readonly nowMs: () => number;
  /** The directory has this revision now: regions are woken. */
  readonly directoryChanged: (revision: number) => void;
  /** Null: nobody signs in by a provider here. */
  readonly oidc: OidcOffer | null;
  readonly firstAdmin: { readonly token: string; readonly spaces: readonly SpaceId[] };
}
export interface HubIdentity {
  readonly directory: Directory;
  readonly keys: HubKeys;
  readonly sessions: Sessions;
  readonly accounts: AccountServices;
  readonly people: PeopleServices;
  sharingFor(principal: Principal): SharingServices;
  readonly signIn: (request: SignIn) => ReturnType<Sessions['open']>;
  readonly cookieSecret: string;
  readonly oidcUser: OidcUserDeps;
  readonly handOvers: HandOvers;
}

/** People of the hub, over whatever store and clock there are. */
export async function composeIdentity({
  store,
  hub,
  nowMs,
  directoryChanged,
  oidc,
  firstAdmin,
}: ComposeIdentityDeps): Promise<HubIdentity> {
  const directory = createDirectory({ store, nowMs, onChanged: directoryChanged });
  const keys = await openHubKeys({ store, directory, nowMs });
  await ensureFirstAdmin({ directory, nowMs }, firstAdmin);
  const passwords = createPasswords();
  const limits = createAttemptLimits({ nowMs });
  const sessions = createSessions({ store, directory, keys, limits, nowMs });
  const signInHere = signIn({ directory, store, passwords, limits, sessions, nowMs });
  const own = ownAccount({ directory, store, passwords, limits, sessions, nowMs });
  const cookieSecret = await store.refreshSecret();
  const handOvers = createHandOvers({ directory, sessions, secret: cookieSecret, nowMs });
  return {
    directory,
    keys,
    sessions,
    people: people({ createToken: own.createToken, directory, store, hub, passwords, sessions, nowMs }),
    sharingFor: (principal) =>
      sharing({ directory, hub, passwords, nowMs, isAdminAsking: principal.type === 'region' || isAdminCall(principal) }),
    signIn: signInHere,
    cookieSecret,
    handOvers,
    oidcUser: { directory, store, nowMs },
    accounts: {
      ...own,
      signIn: signInHere,
      refresh: sessions.refresh,
      oidc: async () => oidc,
      takeHandOver: handOvers.take,
      signOut: async (id) => {
        const session = await directory.get('session', id);
        if (session !== null) await sessions.end(session.user, id);
      },
      sessions: sessions.list,
      revokeSession: sessions.end,
    },
  };
}
