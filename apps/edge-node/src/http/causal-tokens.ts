import { causalHeader, JzseError } from '@jzse/api';
import type { TransferSource } from '@jzse/db/region';
import { type CausalToken, encodeCausalToken, type RegionId, type SpaceId } from '@jzse/sync';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { awaitCausal, type CausalProgress, causalWaitMsMax } from '../read/await-causal.ts';
import type { RegionHealth } from '../replicate/region-health.ts';
import { causalTokensIn } from './causal-header.ts';
import { isPassedOn, mayBePassedOn, passThrough } from './pass-through.ts';

export interface CausalDeps {
  readonly progress: CausalProgress & { token(space: SpaceId): Promise<CausalToken> };
  readonly region: RegionId;
  /** That this region may read of the space in others. */
  readonly proof: (space: SpaceId) => Promise<string>;
  readonly regions: () => readonly TransferSource[];
  readonly health: Pick<RegionHealth, 'run' | 'isBroken'>;
  /** Asked before a read of a file is passed on. */
  readonly mayPassOn: (request: FastifyRequest) => Promise<boolean>;
}

/** Causal tokens of requests and answers (SY12). */
export interface CausalTokens {
  /** The header value for an answer about a space. */
  tokenOf(space: SpaceId): Promise<string>;
  /** This request is about a space: waits for what its caller has seen. Throws `not-seen-yet`, `invalid-input`. */
  about(request: FastifyRequest, space: SpaceId): Promise<void>;
  /** For an answer to a request that was `about` something. */
  answerHeaders(request: FastifyRequest): Promise<Readonly<Record<string, string>>>;
}

/** Another region that was asked in our place waits only a moment: it is asked because it should know. */
const passedOnWaitMsMax = 500;
/** A read waits so long before another region is asked, and goes on waiting if none can help. */
const readWaitMs = 300;
const retryAfterS = '1';
const filesUrl = /^\/files\/([a-z0-9-]+)(?=[/?]|$)/;

export function createCausalTokens({ progress }: Pick<CausalDeps, 'progress'>): CausalTokens {
  const asked = new WeakMap<FastifyRequest, { readonly spaces: Set<SpaceId>; isBehind: boolean }>();
  const tokenOf = async (space: SpaceId): Promise<string> => encodeCausalToken(await progress.token(space));
  return {
    tokenOf,
    about: async (request, space) => {
      const known = asked.get(request) ?? { spaces: new Set(), isBehind: false };
      asked.set(request, known);
      const tokens = causalTokensIn(request.headers).filter((token) => token.space === space);
      if (tokens.length > 0 && (await unseen(progress, { request, tokens, waitMs: waitMsMax(request) })) !== null) {
        known.isBehind = true;
        throw notSeenYet(space);
      }
      known.spaces.add(space);
    },
    answerHeaders: async (request) => {
      const known = asked.get(request);
      if (known === undefined) return {};
      const tokens = await Promise.all([...known.spaces].map((space) => tokenOf(space).catch(() => null)));
      const told = tokens.filter((token) => token !== null).join(',');
      return { ...(told === '' ? {} : { [causalHeader]: told }), ...(known.isBehind ? { 'retry-after': retryAfterS } : {}) };
    },
  };
}

/**
 * Plain files and uploads: a request with a token waits, is passed on to a region that has seen it (reads), or is answered `not-seen-yet`.
 * Answers about files carry the new token. To be registered before the routes.
 */
export function registerCausalTokens(app: FastifyInstance, deps: CausalDeps, causal: CausalTokens): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers[causalHeader] === undefined || !isAboutFiles(request.url)) return undefined;
    const space = spaceOf(request.url);
    const tokens = causalTokensIn(request.headers).filter((token) => space === null || token.space === space);
    const deadlineMs = performance.now() + waitMsMax(request);
    // Whoever reads need not wait for what may come here late where another region has it: the hub may be away for long.
    const waits = mayBePassedOn(request) ? [readWaitMs, Number.POSITIVE_INFINITY] : [Number.POSITIVE_INFINITY];
    let behind: CausalToken | null = null;
    for (const waitMs of waits) {
      const leftMs = Math.max(0, deadlineMs - performance.now());
      behind = tokens.length === 0 ? null : await unseen(deps.progress, { request, tokens, waitMs: Math.min(waitMs, leftMs) });
      if (behind === null) return undefined;
      if (await passThrough(deps, { request, reply, token: behind })) return reply;
    }
    if (behind === null) return undefined;
    reply.header('retry-after', retryAfterS);
    throw notSeenYet(behind.space);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    // What an upload became says it.
    const space = spaceOf(request.url) ?? ((reply.getHeader('jzse-space') ?? null) as SpaceId | null);
    if (space === null || reply.statusCode >= 500 || reply.statusCode === 401 || reply.hasHeader(causalHeader)) return payload;
    await addToken(causal, reply, space);
    return payload;
  });
}

/** A space that is none has no token. */
async function addToken(causal: CausalTokens, reply: FastifyReply, space: SpaceId): Promise<void> {
  const token = await causal.tokenOf(space).catch(() => null);
  if (token !== null) reply.header(causalHeader, token);
}

const waitMsMax = (request: FastifyRequest): number => (isPassedOn(request) ? passedOnWaitMsMax : causalWaitMsMax);

interface Unseen {
  readonly request: FastifyRequest;
  readonly tokens: readonly CausalToken[];
  readonly waitMs: number;
}

function unseen(progress: CausalProgress, { request, tokens, waitMs }: Unseen): Promise<CausalToken | null> {
  const left = new AbortController();
  request.raw.once('close', () => {
    if (request.raw.destroyed) left.abort();
  });
  return awaitCausal(progress, tokens, { waitMsMax: Math.ceil(waitMs), signal: left.signal });
}

const isAboutFiles = (url: string): boolean => url.startsWith('/files/') || url.startsWith('/tus');

const spaceOf = (url: string): SpaceId | null => (filesUrl.exec(url)?.[1] ?? null) as SpaceId | null;

const notSeenYet = (space: SpaceId): JzseError =>
  new JzseError('not-seen-yet', 'this region has not seen yet what you have seen of this space, and could not get it in time; ask again', {
    detail: { space },
  });
