import type { Socket } from 'node:net';
import { errorCodes, JzseError } from '@jzse/api';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { noteFailure } from './audit/failures.ts';
import { problemMediaType, sendProblem, toJzseError, toProblem } from './problem.ts';

/** How long somebody who was refused may still send before the connection is cut. */
const lingerMs = 1_000;

/** The one place where an HTTP error is logged and answered; unknown routes too. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url);
    sendProblem(reply, new JzseError('unknown-path', `nothing is at ${request.method} ${path}`));
  });
}

/** Also for what Fastify refuses before there is a route, such as an address that cannot be decoded. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const coded = toJzseError(error);
  logError(coded, request, reply);
  sendProblem(reply, coded);
}

export function logError(coded: JzseError, request: FastifyRequest, reply: FastifyReply): void {
  noteFailure(request, coded.code);
  const { level } = errorCodes[coded.code];
  const what = { code: coded.code, method: request.method, path: pathOf(request.url) };
  const callerLeft = reply.raw.destroyed;
  if (level === 'error') request.log[callerLeft ? 'debug' : level]({ ...what, err: coded.cause ?? coded }, coded.message);
  else request.log[callerLeft ? 'debug' : level](what, coded.message);
}

/** What does not even parse as HTTP. Bytes are written by hand: there is no reply to write them. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, coded] = refusalOf(error.code);
  const body = JSON.stringify({ ...toProblem(coded), status: Number(status.slice(0, 3)) });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: ${problemMediaType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  // Closed at once, what is still on its way would make the system throw the answer away.
  socket.resume();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

/** Never the query: it may carry a token. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

function refusalOf(systemCode: string | undefined): readonly [status: string, error: JzseError] {
  switch (systemCode as FastifyError['code'] | undefined) {
    case 'HPE_HEADER_OVERFLOW':
      return ['431 Request Header Fields Too Large', new JzseError('too-large', 'address and headers are too long')];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', new JzseError('invalid-input', 'the headers took too long to arrive')];
    default:
      return ['400 Bad Request', new JzseError('invalid-input', 'this is not a valid HTTP request')];
  }
}
