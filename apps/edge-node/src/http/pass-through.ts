import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { causalHeader } from '@jzse/api';
import type { TransferSource } from '@jzse/db/region';
import { traceHeaders } from '@jzse/gateway';
import type { CausalToken, SpaceId } from '@jzse/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CausalDeps } from './causal-tokens.ts';

/** Says that another region asks for its caller: it is not passed on again. */
const passedOnHeader = 'x-jzse-passed-on';
/** Regions that are asked, the one that the token comes from first. */
const askedMax = 3;
/** A region must begin its answer within this time. */
const answerMsMax = 5_000;

const askedHeaders = ['range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range', 'accept'] as const;
const answeredHeaders = [
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-length',
  'content-range',
  'content-security-policy',
  'content-type',
  'etag',
  'last-modified',
  'repr-digest',
  'x-content-type-options',
  causalHeader,
] as const;

interface Passed {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly token: CausalToken;
}

export const isPassedOn = (request: FastifyRequest): boolean => request.headers[passedOnHeader] !== undefined;

/** A read of a file that nobody has passed on yet. */
export const mayBePassedOn = (request: FastifyRequest): boolean =>
  !isPassedOn(request) && (request.method === 'GET' || request.method === 'HEAD') && request.url.startsWith('/files/');

/** Has a region answer a read that has seen what this one has not; false if none could, or it is no read. */
export async function passThrough(deps: CausalDeps, { request, reply, token }: Passed): Promise<boolean> {
  if (!mayBePassedOn(request)) return false;
  if (!(await deps.mayPassOn(request))) return false;
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  for (const source of candidates(deps, token)) {
    const asked = { url: source.url, request, left: left.signal, space: token.space };
    const answer = await deps.health.run(source, () => ask(deps, asked)).catch(() => null);
    if (answer === null) continue;
    await relay(reply, answer);
    return true;
  }
  return false;
}

function candidates({ regions, region, health }: CausalDeps, { dot }: CausalToken): readonly TransferSource[] {
  const source = dot?.replica.split(':')[0];
  const others = regions().filter((known) => known.region !== region && !health.isBroken(known.region));
  return others.sort((left, right) => Number(right.region === source) - Number(left.region === source)).slice(0, askedMax);
}

/** Null where it cannot help either. Throws when it does not answer. */
async function ask(
  { proof }: CausalDeps,
  {
    url,
    request,
    left,
    space,
  }: { readonly url: string; readonly request: FastifyRequest; readonly left: AbortSignal; readonly space: SpaceId },
): Promise<Response | null> {
  const headers = new Headers({ ...traceHeaders(), authorization: `Bearer ${await proof(space)}`, [passedOnHeader]: '1' });
  for (const name of [...askedHeaders, causalHeader]) {
    const value = request.headers[name];
    if (value !== undefined) headers.set(name, value.toString());
  }
  const slow = new AbortController();
  const timer = setTimeout(() => slow.abort(), answerMsMax);
  try {
    const signal = AbortSignal.any([left, slow.signal]);
    const answer = await fetch(`${url}${request.url}`, { method: request.method, headers, signal, redirect: 'manual' });
    if (answer.status < 500 && answer.status !== 401 && answer.status !== 403) return answer;
    await answer.body?.cancel();
    return null;
  } catch (cause) {
    if (left.aborted) return null;
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}

async function relay(reply: FastifyReply, answer: Response): Promise<void> {
  reply.code(answer.status);
  for (const name of answeredHeaders) {
    const value = answer.headers.get(name);
    if (value !== null) reply.header(name, value);
  }
  if (answer.body === null || reply.request.method === 'HEAD') {
    await answer.body?.cancel();
    reply.send();
  } else reply.send(Readable.fromWeb(answer.body as ReadableStream));
}
