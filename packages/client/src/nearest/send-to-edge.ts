import { causalHeader, JzseError } from '@jzse/api';
import type { CausalTokens } from '../causal-tokens.ts';
import { unreachable } from '../errors.ts';
import type { EdgeGuide } from './edge-guide.ts';
import { readCode } from './refusal.ts';
import { listenTo, watchSilence } from './silence.ts';

export interface SendDeps {
  readonly guide: Pick<EdgeGuide, 'failed' | 'check'>;
  readonly causal: CausalTokens;
  readonly silentMs: number;
  readonly send: typeof fetch;
  /** Streams of events, to be ended when their edge is left. */
  readonly streams: OpenStreams;
}
/** One attempt at one edge. */
export interface Attempt {
  readonly edge: string;
  readonly path: string;
  readonly init: RequestInit;
  readonly token: string | null;
}
export type Outcome =
  | { readonly type: 'answer'; readonly response: Response }
  /** `overloaded` or `not-ready`: nothing was done. */
  | { readonly type: 'refused'; readonly response: Response; readonly retryAfterMs: number }
  /** The token was not taken: nothing was done. */
  | { readonly type: 'unauthenticated'; readonly response: Response }
  /** This region takes no token for now: nothing was done. */
  | { readonly type: 'cut-off'; readonly response: Response }
  /** No answer. `isAlive`: the edge answers to others, so it was the connection. */
  | { readonly type: 'failed'; readonly error: JzseError; readonly isAlive: boolean };

/** Never throws but what the caller aborted with. */
export async function sendToEdge(deps: SendDeps, attempt: Attempt): Promise<Outcome> {
  const { guide, causal, silentMs } = deps;
  const { edge, init } = attempt;
  const stop = new AbortController();
  const beside = () =>
    watchSilence({
      silentMs,
      isAlive: () => guide.check(edge),
      onDead: () => {
        guide.failed(edge);
        stop.abort(unreachable(edge, new Error('it went silent')));
      },
    });
  const hasAnswered = beside();
  const sent = causal.sent();
  try {
    const signal = init.signal ? AbortSignal.any([init.signal, stop.signal]) : stop.signal;
    const answer = await deps.send(`${edge}${attempt.path}`, { ...init, signal, headers: headersOf(attempt, sent) });
    const seen = answer.headers.get(causalHeader);
    if (seen !== null) causal.seen(seen, sent);
    const { response, code } = await readCode(answer);
    if (code !== null) return outcomeOf(response, code);
    return { type: 'answer', response: guarded(deps, { edge, response, stop, beside }) };
  } catch (error) {
    if (init.signal?.aborted === true && init.signal.reason?.name !== 'TimeoutError') throw init.signal.reason;
    if (stop.signal.aborted) return { type: 'failed', error: stop.signal.reason, isAlive: false };
    return { type: 'failed', error: unreachable(edge, error), isAlive: await guide.check(edge) };
  } finally {
    hasAnswered();
  }
}

function headersOf({ init, token }: Attempt, sent: string | null): Headers {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  if (sent !== null) headers.set(causalHeader, sent);
  return headers;
}

const retryAfterMsMax = 2_000;
const retryAfterMsMin = 100;

function outcomeOf(response: Response, code: string): Outcome {
  if (code === 'region-cut-off') return { type: 'cut-off', response };
  if (response.status === 401) return code === 'unauthenticated' ? { type: 'unauthenticated', response } : { type: 'answer', response };
  if (code !== 'overloaded' && code !== 'not-ready') return { type: 'answer', response };
  const asked = Number(response.headers.get('retry-after') ?? 0) * 1_000;
  const retryAfterMs = Math.min(retryAfterMsMax, Math.max(retryAfterMsMin, Number.isFinite(asked) ? asked : 0));
  return { type: 'refused', response, retryAfterMs };
}

interface Answered {
  readonly edge: string;
  readonly response: Response;
  readonly stop: AbortController;
  readonly beside: () => () => void;
}

/** A body that goes silent because its edge is dead ends with an error; a stream of events ends when its edge is left. */
function guarded({ streams }: SendDeps, { edge, response, stop, beside }: Answered): Response {
  if (response.body === null) return response;
  const isEvents = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const onEnd = isEvents ? streams.add(edge, () => stop.abort(moved(edge))) : () => {};
  const body = listenTo(response.body, { beforeRead: isEvents ? () => () => {} : beside, onEnd });
  return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
}

const moved = (edge: string): JzseError => new JzseError('unreachable', `another edge than ${edge} is used now`, { detail: { url: edge } });

export interface OpenStreams {
  /** Returns its end. */
  add(edge: string, end: () => void): () => void;
  endAt(edge: string): void;
}

export function createOpenStreams(): OpenStreams {
  const open = new Map<object, { readonly edge: string; readonly end: () => void }>();
  return {
    add: (edge, end) => {
      const key = {};
      open.set(key, { edge, end });
      return () => void open.delete(key);
    },
    endAt: (edge) => {
      for (const [key, stream] of open) {
        if (stream.edge !== edge) continue;
        open.delete(key);
        stream.end();
      }
    },
  };
}
