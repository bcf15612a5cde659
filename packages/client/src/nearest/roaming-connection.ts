import { JzseError } from '@jzse/api';
import { backOffMs, pause } from '../back-off.ts';
import type { Connection } from '../connection.ts';
import { responseError } from '../errors.ts';
import type { TokenSource } from '../token-source.ts';
import type { EdgeGuide } from './edge-guide.ts';
import { canSendAgain, isRepeatable, wasNeverSent } from './repeatable.ts';
import { repeatedHeader } from './repeated-header.ts';
import { type Outcome, type SendDeps, sendToEdge } from './send-to-edge.ts';

export interface RoamingDeps extends SendDeps {
  readonly guide: EdgeGuide;
  readonly tokens: TokenSource;
}

/** Stands in URLs for whichever edge is used when the call is made. */
export const anyEdge = 'http://nearest.invalid';
/** Of one call, at all edges. */
const attemptsMax = 8;
const pace = { firstMs: 50, maxMs: 1_000 };

/**
 * A connection to the edge that is to be used now. A call that gets no answer, or is refused because the edge has too much to do, is made
 * again there or at the next one if that is safe; otherwise it is `unreachable`, and `maybeDone` in its detail says if it may have been done.
 */
export function openRoamingConnection(deps: RoamingDeps): Connection {
  const connection: Connection = {
    get url() {
      return deps.guide.chosen() ?? anyEdge;
    },
    fetch: (target, init = {}) => callAnyEdge(deps, target.startsWith(anyEdge) ? target.slice(anyEdge.length) : pathOf(target), init),
    request: async (path, init = {}) => {
      const response = await callAnyEdge(deps, path, init);
      if (!response.ok && response.status !== 304) throw await responseError(response);
      return response;
    },
  };
  return connection;
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** What happened to one call so far. */
interface Progress {
  readonly failedAt: Set<string>;
  hasNewToken: boolean;
  /** Nobody knows whether it was done. */
  maybeDone: boolean;
}

async function callAnyEdge(deps: RoamingDeps, path: string, init: RequestInit): Promise<Response> {
  const progress: Progress = { failedAt: new Set(), hasNewToken: false, maybeDone: false };
  for (let attempt = 1; ; attempt++) {
    init.signal?.throwIfAborted();
    const edge = await deps.guide.present();
    const token = await deps.tokens.current();
    const outcome = await sendToEdge(deps, { edge, path, init, token });
    if (outcome.type === 'answer') {
      deps.guide.worked(edge);
      return progress.maybeDone ? repeated(outcome.response) : outcome.response;
    }
    const isLast = attempt === attemptsMax || !canSendAgain(init.body);
    const goesOn = await afterOutcome(deps, progress, { edge, path, init, token, outcome });
    if (goesOn && !isLast) continue;
    if (outcome.type === 'failed') throw failureOf(outcome.error, progress);
    return outcome.response;
  }
}

interface Tried {
  readonly edge: string;
  readonly path: string;
  readonly init: RequestInit;
  readonly token: string | null;
  readonly outcome: Exclude<Outcome, { readonly type: 'answer' }>;
}

/** Whether there is a point in making the call again, and no harm. */
async function afterOutcome({ guide, tokens }: RoamingDeps, progress: Progress, tried: Tried): Promise<boolean> {
  const { edge, outcome, token } = tried;
  switch (outcome.type) {
    case 'unauthenticated': {
      if (progress.hasNewToken || token === null || !(await tokens.refused(token))) return false;
      progress.hasNewToken = true;
      return true;
    }
    case 'cut-off':
      return leave(guide, progress, edge);
    case 'refused': {
      if (guide.refused(edge)) return isAnother(guide, progress, edge);
      await pause(outcome.retryAfterMs * (0.5 + Math.random() / 2), tried.init.signal ?? undefined);
      return true;
    }
    case 'failed':
      return afterFailure(guide, progress, { ...tried, outcome });
  }
}

async function afterFailure(
  guide: EdgeGuide,
  progress: Progress,
  { edge, path, init, outcome }: Tried & { readonly outcome: Extract<Outcome, { readonly type: 'failed' }> },
): Promise<boolean> {
  // A connection may break without its edge; one that breaks twice is no use either way.
  const isUseless = !outcome.isAlive || progress.failedAt.has(edge);
  const call = { method: (init.method ?? 'GET').toUpperCase(), path, headers: new Headers(init.headers) };
  const neverSent = wasNeverSent(outcome.error);
  progress.maybeDone ||= !neverSent && !isRead(call.method);
  const isHarmless = neverSent || isRepeatable(call);
  if (isUseless) return leave(guide, progress, edge) && isHarmless;
  progress.failedAt.add(edge);
  await pause(backOffMs(0, pace), init.signal ?? undefined);
  return isHarmless;
}

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

function leave(guide: EdgeGuide, progress: Progress, edge: string): boolean {
  guide.failed(edge);
  return isAnother(guide, progress, edge);
}

/** One that this call has not failed at. */
function isAnother(guide: EdgeGuide, progress: Progress, edge: string): boolean {
  progress.failedAt.add(edge);
  const next = guide.chosen();
  return next !== null && !progress.failedAt.has(next);
}

/** Tells on the answer that the call was made more than once: what refuses it may be its own first time. */
function repeated(response: Response): Response {
  if (response.status !== 412) return response;
  const headers = new Headers(response.headers);
  headers.set(repeatedHeader, '1');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

function failureOf(error: JzseError, { maybeDone }: Progress): JzseError {
  if (!maybeDone) return error;
  const message = `${error.message}. It may have been done all the same: look before you do it again`;
  return new JzseError('unreachable', message, { detail: { ...error.detail, maybeDone }, cause: error });
}
