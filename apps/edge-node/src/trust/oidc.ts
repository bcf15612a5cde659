import { createHash, randomBytes } from 'node:crypto';
import { JzseError, type Principal } from '@jzse/api';
import type { AccountServices, OidcOffer } from '@jzse/api/hub';
import type { RegionId } from '@jzse/sync';
import type { FindCaller } from './find-caller.ts';

export interface OidcDeps {
  readonly region: RegionId;
  readonly hub: Pick<AccountServices, 'oidc' | 'takeHandOver' | 'signOut'>;
  readonly callers: Pick<FindCaller, 'cookie'>;
  readonly refresh: () => Promise<void>;
  readonly nowMs: () => number;
}
/** Signing in by the identity provider that the hub knows. The hub does it; the browser comes back here with a code. */
export interface OidcSignIn {
  /** Null: there is none, or the hub is away. */
  offer(): Promise<OidcOffer | null>;
  /** `binding`: only the browser that began knows it. Throws `hub-unreachable`. */
  begin(): Promise<{ readonly location: string; readonly binding: string }>;
  /** The value of a session cookie. Throws `wrong-credentials`; `forbidden` if this region has nothing for the person; what the hub throws. */
  finish(request: { readonly code: string; readonly binding: string }): Promise<{ readonly value: string; readonly principal: Principal }>;
}

const offerKeptMs = 30_000;
/** After the hub did not answer. */
const askAgainMs = 5_000;
const bindingBytes = 32;

export function createOidcSignIn(deps: OidcDeps): OidcSignIn {
  const offer = rememberOffer(deps);
  return {
    offer,
    begin: async () => {
      const offered = await offer();
      if (offered === null)
        throw new JzseError('hub-unreachable', 'nobody can sign in by a provider here now: try again later, or by name');
      const binding = randomBytes(bindingBytes).toString('base64url');
      const url = new URL(offered.startUrl);
      url.searchParams.set('region', deps.region);
      url.searchParams.set('state', stateOf(binding));
      return { location: url.href, binding };
    },
    finish: async ({ code, binding }) => {
      const { cookie, session } = await deps.hub.takeHandOver({ region: deps.region, code, state: stateOf(binding) });
      if (cookie === null) throw new JzseError('internal', 'no cookie came of this sign-in');
      await deps.refresh();
      try {
        return { value: cookie, principal: deps.callers.cookie(cookie) };
      } catch (cause) {
        await deps.hub.signOut(session);
        throw new JzseError('forbidden', 'no space of this region is for you yet: ask who manages one', { cause });
      }
    },
  };
}

/** The hub, and the address line of the browser, have only this of it. */
const stateOf = (binding: string): string => createHash('sha256').update(binding).digest('base64url');

/** Strangers ask for it: the hub is asked now and then, and once for all who wait. */
function rememberOffer({ hub, nowMs }: OidcDeps): OidcSignIn['offer'] {
  let known: { readonly offer: Promise<OidcOffer | null>; untilMs: number } | null = null;
  return () => {
    if (known !== null && nowMs() < known.untilMs) return known.offer;
    const asked = {
      offer: hub.oidc().catch(() => {
        asked.untilMs = nowMs() + askAgainMs;
        return null;
      }),
      untilMs: nowMs() + offerKeptMs,
    };
    known = asked;
    return asked.offer;
  };
}
