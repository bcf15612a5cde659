import { JzseError } from '@jzse/api';
import type { EdgeRouter } from '@jzse/api/edge';
import { createTRPCClient } from '@trpc/client';
import { type CausalTokens, createCausalTokens } from './causal-tokens.ts';
import { withCodedErrors } from './coded-calls.ts';
import type { EdgeClient, EdgeTrpc } from './edge-client.ts';
import { createHubClient, type HubClient } from './hub-client.ts';
import { createEdgeGuide, defaultPace, type EdgeGuide, type Move, type NearestPace } from './nearest/edge-guide.ts';
import { createProbe } from './nearest/probe-edge.ts';
import { createRegionList, type RegionAddress, type RegionList, type RegionMemory, type RememberedRegions } from './nearest/region-list.ts';
import { anyEdge, openRoamingConnection } from './nearest/roaming-connection.ts';
import { createOpenStreams } from './nearest/send-to-edge.ts';
import { createPlainFiles } from './plain-files.ts';
import { askedTokens, fixedToken, type SessionTokens, sessionTokens, type TokenSource } from './token-source.ts';
import { trpcLinks } from './trpc-links.ts';
import { watchSpace } from './watch-space.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly code?: string;
  /** How the session is called in the person's list. */
  readonly device?: string;
}
/** Who the program is: one of these. None: calls go without a token. */
export interface WhoCalls {
  /** An API token, or where to get tokens: told which one was refused, it gives another. */
  readonly token?: string | ((refused: string | null) => Promise<string>);
  /** A person's session, renewed before it expires; or signed in with, whenever there is none. */
  readonly session?: SessionTokens;
  readonly signIn?: Credentials;
  /** The session was renewed: the former refresh token is worth nothing any more. */
  readonly onSession?: (session: SessionTokens) => void | Promise<void>;
}
export interface JzseClientOptions extends WhoCalls {
  /** Asked for the regions that serve the caller's spaces, now and then. */
  readonly hubUrl?: string;
  /** The regions, or what to begin with; at least one of both must be given, or remembered. */
  readonly regions?: readonly { readonly region: string; readonly url: string }[];
  /** The only space that is meant: regions that serve others do not count. */
  readonly space?: string;
  /** Keeps the regions and the choice for the next start, so that it needs no hub. */
  readonly memory?: RegionMemory;
  readonly causal?: CausalTokens;
  readonly fetch?: typeof fetch;
  readonly pace?: Partial<NearestPace>;
  /** Another edge is used from now on. */
  readonly onMove?: (move: Move) => void;
}
/** All regions as one: each call goes to the nearest edge that works. See README. */
export interface JzseClient extends EdgeClient {
  /** The edge that is used now; null before the first call. */
  present(): RegionAddress | null;
  /** Probes all edges now, instead of when it is time. */
  compare(): Promise<void>;
}

/**
 * A client of whichever edge is nearest, with the calls of `createEdgeClient`. Nothing of it needs to be closed: it probes only while
 * calls are made.
 */
export async function createJzseClient(options: JzseClientOptions): Promise<JzseClient> {
  const remembered = (await options.memory?.read().catch(() => null)) ?? null;
  const causal = options.causal ?? createCausalTokens();
  const send: typeof fetch = options.fetch ?? ((target, init) => fetch(target, init));
  const pace = { ...defaultPace, ...options.pace };
  const streams = createOpenStreams();
  const regions = listOf(options, { remembered, pace, hub: () => hub });
  const guide = guideOf(options, { remembered, regions, pace, send, onLeft: streams.endAt });
  const shared = { guide, causal, streams, send, silentMs: pace.silentMs };
  // Who renews tokens has none.
  const bare = edgeTrpc(openRoamingConnection({ ...shared, tokens: fixedToken(null) }));
  const tokens = tokensOf(options, { bare, regions });
  const hub = hubOf(options, { tokens, send });
  const connection = openRoamingConnection({ ...shared, tokens });
  const trpc = edgeTrpc(connection);
  return {
    trpc,
    connection,
    causal,
    files: createPlainFiles(connection),
    watch: (space, watchOptions) => watchSpace(trpc, space, watchOptions),
    present: () => regions.known().find(({ url }) => url === guide.chosen()) ?? null,
    compare: guide.compare,
  };
}

function edgeTrpc({ fetch: send, request }: ReturnType<typeof openRoamingConnection>): EdgeTrpc {
  const links = trpcLinks<EdgeRouter>({ url: anyEdge, fetch: send, request });
  return withCodedErrors(createTRPCClient<EdgeRouter>({ links }));
}

interface ListParts {
  readonly remembered: RememberedRegions | null;
  readonly pace: NearestPace;
  readonly hub: () => HubClient | null;
}

function listOf({ regions: given = [], hubUrl, space }: JzseClientOptions, { remembered, pace, hub }: ListParts): RegionList {
  if (given.length === 0 && hubUrl === undefined && (remembered?.regions.length ?? 0) === 0) {
    throw new JzseError('invalid-input', 'say where to begin: hubUrl, or regions with their URLs');
  }
  const ask = async (): Promise<readonly RegionAddress[]> => {
    const found = (await hub()?.trpc.fleet.servingRegions.query({ space: space ?? null }, { signal: AbortSignal.timeout(askMsMax) })) ?? [];
    const whole = found.filter(({ servesAll }) => servesAll);
    return (whole.length > 0 ? whole : found).map(({ region, url, healthy, load }) => ({
      region,
      url: withoutSlash(url),
      healthy,
      load: load.outbox + load.pendingTransfers,
    }));
  };
  return createRegionList({
    given: given.map(({ region, url }) => ({ region, url: withoutSlash(url), healthy: true, load: 0 })),
    ask: hubUrl === undefined ? null : ask,
    remembered,
    askEveryMs: pace.askHubEveryMs,
    nowMs: Date.now,
  });
}

/** The hub is asked beside the calls, and must not keep a program that has ended. */
const askMsMax = 5_000;

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

interface GuideParts {
  readonly remembered: RememberedRegions | null;
  readonly regions: RegionList;
  readonly pace: NearestPace;
  readonly send: typeof fetch;
  readonly onLeft: (edge: string) => void;
}

function guideOf({ memory, onMove }: JzseClientOptions, { remembered, regions, pace, send, onLeft }: GuideParts): EdgeGuide {
  return createEdgeGuide({
    regions,
    pace,
    probe: createProbe(send),
    chosen: { url: remembered?.present ?? null, comparedMs: remembered?.comparedMs ?? 0 },
    nowMs: Date.now,
    onMove: (move) => {
      onLeft(move.from);
      onMove?.(move);
    },
    onChosen: (present, comparedMs) => {
      memory?.write({ regions: regions.known(), present, comparedMs, askedMs: regions.askedMs() }).catch(() => undefined);
    },
  });
}

interface TokenParts {
  /** Calls without a token, at the edge that is used now. */
  readonly bare: EdgeTrpc;
  readonly regions: RegionList;
}

/** At an edge when one is known, as that goes without the hub. */
function tokensOf({ token, session, signIn, onSession, hubUrl, fetch: send }: JzseClientOptions, parts: TokenParts): TokenSource {
  if (typeof token === 'function') return askedTokens(token);
  if (session === undefined && signIn === undefined) return fixedToken(token ?? null);
  const { bare, regions } = parts;
  const bareHub = hubUrl === undefined ? null : createHubClient({ url: hubUrl, ...(send === undefined ? {} : { fetch: send }) });
  const atHub = (): HubClient['trpc'] | null => (regions.known().length === 0 ? (bareHub?.trpc ?? null) : null);
  const credentials = signIn === undefined ? null : { device: 'program', ...signIn, code: signIn.code ?? null };
  return sessionTokens({
    session: session ?? null,
    refresh: async (refreshToken) =>
      sessionOf(await (atHub()?.accounts.refresh.mutate({ refreshToken }) ?? bare.accounts.refresh.mutate({ refreshToken }))),
    signIn:
      credentials === null
        ? null
        : async () =>
            sessionOf(
              await (atHub()?.accounts.signIn.mutate({ ...credentials, wants: 'refresh-token' }) ??
                bare.accounts.signIn.mutate(credentials)),
            ),
    onRenewed: onSession ?? (() => undefined),
    nowMs: Date.now,
  });
}

interface Signed extends Omit<SessionTokens, 'refreshToken'> {
  readonly refreshToken: string | null;
}

function sessionOf({ accessToken, accessExpiresMs, refreshToken }: Signed): SessionTokens {
  if (refreshToken === null) throw new JzseError('internal', 'the server gave no refresh token');
  return { accessToken, accessExpiresMs, refreshToken };
}

interface HubParts {
  readonly tokens: TokenSource;
  readonly send: typeof fetch;
}

function hubOf({ hubUrl }: JzseClientOptions, { tokens, send }: HubParts): HubClient | null {
  if (hubUrl === undefined) return null;
  const withToken: typeof fetch = async (target, init) => {
    const token = await tokens.current();
    const headers = new Headers(init?.headers);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    return send(target, { ...init, headers });
  };
  return createHubClient({ url: hubUrl, fetch: withToken });
}
