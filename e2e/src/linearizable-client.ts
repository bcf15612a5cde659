import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Call, Condition, HistoryRecorder } from '../../sim/src/linearizability/index.ts';

export interface ClientOptions {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly paths: readonly string[];
  readonly random: () => number;
  readonly recorder: HistoryRecorder;
  readonly isOver: () => boolean;
  /** Told after each answer. */
  readonly onAnswer: () => void;
}

/** Longer than any answer takes; what is later is not waited for. */
const answerMs = 10_000;
const pauseAfterSilenceMs = 100;

/** One program that reads and changes a few files over HTTP, one call at a time and never the same call again, until it is told to stop. */
export async function runClient(options: ClientOptions): Promise<void> {
  const { name, recorder } = options;
  /** The values that this client knows, each with its version. */
  const versions = new Map<string, string>();
  for (let round = 0; !options.isOver(); round++) {
    const call = drawCall(options, versions, `${name}${round}`);
    const answer = await recorder.record(name, call, () => ask(options, versions, call));
    if (answer === null) await sleep(pauseAfterSilenceMs);
    else options.onAnswer();
  }
}

function drawCall({ paths, random }: ClientOptions, versions: ReadonlyMap<string, string>, value: string): Call {
  const pick = (): string => paths[Math.floor(random() * paths.length)] ?? '/f';
  const kind = random();
  const [path, other] = [pick(), pick()];
  if (kind < 0.35) return { type: 'read', path };
  if (kind < 0.5) return { type: 'write', path, value, condition: null };
  if (kind < 0.7) return { type: 'write', path, value, condition: drawCondition(versions, random) };
  if (kind < 0.78) return { type: 'delete', path, condition: random() < 0.5 ? null : drawCondition(versions, random, true) };
  return { type: 'move', from: path, to: other };
}

/** Most of the time the version that was seen last. */
function drawCondition(versions: ReadonlyMap<string, string>, random: () => number, isOnValue = false): Condition {
  const known = [...versions.keys()];
  const value = random() < 0.8 ? known.at(-1) : known[Math.floor(random() * known.length)];
  return value === undefined || (!isOnValue && random() < 0.3) ? (isOnValue ? null : { type: 'absent' }) : { type: 'value', value };
}

/** Null: no answer, or one that says that it is not known. */
async function ask(options: ClientOptions, versions: Map<string, string>, call: Call): Promise<Answer | 'not-sent' | null> {
  try {
    if (call.type === 'move') return await askMove(options, call);
    if (call.type === 'read') return await askRead(options, versions, call);
    return await askChange(options, versions, call);
  } catch (cause) {
    return wasRefused(cause) ? 'not-sent' : null;
  }
}

const wasRefused = (cause: unknown): boolean =>
  cause instanceof Error && (('code' in cause && cause.code === 'ECONNREFUSED') || wasRefused(cause.cause));

async function askRead(options: ClientOptions, versions: Map<string, string>, { path }: Extract<Call, { type: 'read' }>) {
  const answer = await send(options, `/files/demo${path}`, { method: 'GET' });
  if (answer.status === 404) return { type: 'value', value: null } as const;
  if (answer.status !== 200) return null;
  const value = await answer.text();
  note(versions, value, answer);
  return { type: 'value', value } as const;
}

async function askChange(options: ClientOptions, versions: Map<string, string>, call: Extract<Call, { type: 'write' | 'delete' }>) {
  const request = call.type === 'write' ? { method: 'PUT', body: call.value } : { method: 'DELETE' };
  const answer = await send(options, `/files/demo${call.path}`, { ...request, headers: headersOf(call.condition, versions) });
  if (call.type === 'write' && answer.ok) note(versions, call.value, answer);
  if (answer.ok) return { type: 'done' } as const;
  if (answer.status === 412) return { type: 'refused', reason: 'precondition-failed' } as const;
  return call.type === 'delete' && answer.status === 404 ? ({ type: 'refused', reason: 'unknown-path' } as const) : null;
}

async function askMove(options: ClientOptions, { from, to }: Extract<Call, { type: 'move' }>): Promise<Answer | null> {
  const body = JSON.stringify({ space: 'demo', from, to });
  const answer = await send(options, '/trpc/move', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  const said = (await answer.json()) as { readonly error?: { readonly data?: { readonly jzse?: { readonly code?: string } } } };
  if (answer.ok) return { type: 'done' };
  const code = said.error?.data?.jzse?.code;
  return code === 'unknown-path' || code === 'already-exists' ? { type: 'refused', reason: code } : null;
}

/** Sent once: a client that sends again what may have happened would make two calls of one. */
function send({ url, token }: ClientOptions, path: string, init: RequestInit): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string> | undefined) };
  return fetch(url + path, { ...init, headers, signal: AbortSignal.timeout(answerMs) });
}

function headersOf(condition: Condition, versions: ReadonlyMap<string, string>): Record<string, string> {
  if (condition === null) return {};
  return condition.type === 'absent' ? { 'if-none-match': '*' } : { 'if-match': `"${versions.get(condition.value) ?? ''}"` };
}

function note(versions: Map<string, string>, value: string, answer: Response): void {
  const version = answer.headers.get('jzse-version') ?? answer.headers.get('etag')?.replaceAll('"', '');
  versions.delete(value);
  if (version !== undefined) versions.set(value, version);
}
