import type { ErrorCode } from '@jzse/api';
import { errorCodes, JzseError } from '@jzse/api';
import { InvalidPath } from '@jzse/sync';
import type { FastifyError, FastifyReply } from 'fastify';

/** Body of every HTTP error (RFC 9457), with the code of the closed table. `detail` is for people, `data` for programs. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryable: boolean;
  readonly data: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
}

export const problemMediaType = 'application/problem+json';

/** Total: any error becomes a problem. What is unknown becomes `internal`, and its message stays inside. */
export function toProblem(error: unknown, requestId?: string): Problem {
  const { code, message, detail } = toJzseError(error);
  const { http, retryable } = errorCodes[code];
  return {
    type: `urn:jzse:error:${code}`,
    title: titleOf(code),
    status: http,
    code,
    detail: message,
    retryable,
    data: detail,
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** Answers with the problem that `error` is. Logging is the caller's, or the error handler's if the error is thrown instead. */
export function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = toProblem(error, reply.request.id);
  if (problem.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer realm="jzse"');
  const retryAfterS = retryAfterOf(problem.data);
  if (retryAfterS !== null) reply.header('retry-after', retryAfterS);
  // As bytes: to a string Fastify would add a charset that this media type does not have.
  return reply
    .code(problem.status)
    .header('content-type', problemMediaType)
    .send(Buffer.from(JSON.stringify(problem)));
}

/** Seconds after which it makes sense to try again, where the error says so. */
export const retryAfterOf = (detail: Readonly<Record<string, unknown>>): number | null =>
  typeof detail['retryAfterS'] === 'number' ? detail['retryAfterS'] : null;

/** The coded error that `error` is or stands for; the original is its cause. */
export function toJzseError(error: unknown): JzseError {
  if (error instanceof JzseError) return error;
  if (error instanceof InvalidPath) return new JzseError('invalid-name', error.message, { cause: error });
  const status = error instanceof Error ? (error as Partial<FastifyError>).statusCode : undefined;
  if (error instanceof Error && status !== undefined && status >= 400 && status < 500) {
    return new JzseError(codesByStatus[status] ?? 'invalid-input', error.message, { cause: error });
  }
  const systemCode = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (systemCode === 'ENOSPC' || systemCode === 'SQLITE_FULL') {
    return new JzseError('storage-full', 'the disk of this region is full: make room and try again', { cause: error });
  }
  return new JzseError('internal', 'something went wrong here; the log has it under the request id', { cause: error });
}

/** Fastify and its plugins say what is wrong with a request by status. */
const codesByStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'unknown-path',
  412: 'precondition-failed',
  413: 'too-large',
  415: 'unsupported-media-type',
  416: 'range-not-satisfiable',
};

/** `unknown-path` → `Unknown path`. */
function titleOf(code: ErrorCode): string {
  const words = code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
