import type { Principal } from '@jzse/api';
import type { EdgeAccounts, EdgeServices, EdgeSharing } from '@jzse/api/edge';
import type { FleetServices } from '@jzse/api/hub';
import type { OpenRegionStore } from '@jzse/db/region';
import type { Guard } from '@jzse/gateway';
import { createPasswords, type KeyPair, type SigningKey } from '@jzse/identity';
import type { RegionId } from '@jzse/sync';
import type { Logger } from 'pino';
import type { CheckCommit } from '../write/write-deps.ts';
import { accountsOf } from './accounts.ts';
import { createCheckCommit } from './check-commit.ts';
import { type DirectoryCopy, startDirectoryCopy } from './copy-directory.ts';
import { createDirectoryView, type DirectoryView } from './directory-view.ts';
import { createEdgeGuard } from './edge-guard.ts';
import { createFindCaller } from './find-caller.ts';
import { unlessForgotten } from './former-directory.ts';
import type { HubIdentity } from './hub-identity.ts';
import { createAttempts } from './limit-attempts.ts';
import { createLinks, type Links } from './links.ts';
import { narrowServices } from './narrow-services.ts';
import { createOidcSignIn, type OidcSignIn } from './oidc.ts';
import { createCookieSessions } from './open-session.ts';
import { createQuotas, type Quotas } from './quotas.ts';
import { sharingOf } from './sharing.ts';
import { createSignIn } from './sign-in.ts';
import { createSpaceAccess, type SpaceAccess } from './space-access.ts';

export interface TrustDeps {
  readonly region: RegionId;
  readonly store: OpenRegionStore;
  readonly hub: HubIdentity & Pick<FleetServices, 'directory' | 'offerDirectory'>;
  /** This region's own. */
  readonly key: KeyPair;
  readonly regionCutOffMs: number;
  readonly nowMs: () => number;
  readonly logger: Logger;
}
/** Who may what at this edge, and the copy of the directory that says so. */
export interface Trust {
  readonly guard: Guard;
  readonly access: SpaceAccess;
  readonly view: DirectoryView;
  readonly links: Links;
  readonly oidc: OidcSignIn;
  readonly checkCommit: CheckCommit;
  readonly checkRoom: Quotas['checkRoom'];
  readonly copy: DirectoryCopy;
  /** Told after each page of the directory that was copied, and at once. Must not throw. */
  onCopied(told: () => void): void;
  /** Of one caller. */
  accounts(caller: Caller): EdgeAccounts;
  sharing(caller: Caller): EdgeSharing;
  services(all: EdgeServices, caller: Caller): EdgeServices;
}
interface Caller {
  readonly principal: Principal;
  readonly ip: string;
}

/** A person waits no longer than this for what the hub was told just now to be known here. */
const refreshMsMax = 2_000;
/** Of callers whose sign-in is not known here yet. */
const refreshEveryMs = 1_000;

export function startTrust(deps: TrustDeps): Trust {
  const { region, store, hub, nowMs } = deps;
  const { ancestry, sessions, linkUses } = store;
  const view = createDirectoryView(store.directory);
  let copied = (): void => undefined;
  const copy = startDirectoryCopy({ ...deps, directory: store.directory, onCopied: () => copied() });

  const refresh = (): Promise<void> => withinMs(copy.refresh(), refreshMsMax);
  const signingKey: SigningKey = { ...deps.key, kid: `region/${region}`, issuer: region };
  const access = createSpaceAccess({ region, view, ancestry });
  const shared = { ...deps, view, sessions, access, signingKey, refresh, linkUses };
  const quotas = createQuotas({ view, usedBytes: store.usedBytes });
  const passwords = createPasswords();
  const attempts = createAttempts(nowMs);
  const callers = createFindCaller({ ...shared, refresh: seldom(refresh, nowMs) });
  const signIn = createSignIn({ ...shared, hub: unlessForgotten(hub.accounts, store.directory), passwords, attempts });
  const cookies = createCookieSessions({ ...shared, callers, signIn });
  const oidc = createOidcSignIn({ ...shared, hub: hub.accounts, callers });
  return {
    guard: createEdgeGuard({ callers, access, view, cookies }),
    access,
    view,
    links: createLinks({ ...shared, passwords, attempts }),
    oidc,
    checkCommit: createCheckCommit({ view, access, quotas }),
    checkRoom: quotas.checkRoom,
    copy,
    onCopied: (told) => {
      copied = told;
      told();
    },
    accounts: ({ principal, ip }) => accountsOf({ ...shared, signIn, oidc }, { principal, address: ip }),
    sharing: ({ principal }) => sharingOf(shared, principal),
    services: (all, { principal }) => narrowServices({ access, view, store, ancestry, stillCounts: callers.stillCounts }, all, principal),
  };
}

async function withinMs(waited: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([waited, late]).finally(() => clearTimeout(timer));
}

/** Whoever sends made-up sign-ins has the hub asked this often at most. */
function seldom(refresh: () => Promise<void>, nowMs: () => number): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let beganMs = 0;
  return () => {
    if (nowMs() - beganMs >= refreshEveryMs) {
      beganMs = nowMs();
      running = refresh();
    }
    return running;
  };
}
