/** A call, as far as it decides whether it may be made once more. */
export interface CallToRepeat {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Headers;
}

/** Reads by their nature, and what changes nothing when it is done twice. A refresh token that was just used gives the same next one again. */
const harmlessPosts: ReadonlySet<string> = new Set([
  '/chunks/read',
  '/chunks/write',
  '/trpc/missingChunks',
  '/trpc/accounts.refresh',
  '/trpc/accounts.signIn',
]);

/**
 * Whether a call may be made again, also at another edge, when nobody knows whether it was done: reads, and writes whose condition
 * refuses the second one, or which would be the same bytes on the same version (SY3). A write without a condition might undo what
 * somebody made of the first one.
 */
export function isRepeatable({ method, path, headers }: CallToRepeat): boolean {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
      return true;
    case 'PUT':
      return headers.has('if-match') || headers.has('if-none-match');
    case 'DELETE':
      return headers.has('if-match');
    case 'POST':
      return harmlessPosts.has(path.replace(/\?.*$/s, ''));
    default:
      return false;
  }
}

/** A stream is gone once it was sent. */
export const canSendAgain = (body: RequestInit['body']): boolean => !(body instanceof ReadableStream) && !isAsyncIterable(body);

const isAsyncIterable = (body: unknown): boolean => typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

const beforeAnything: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** There was no connection: nothing can have been done. Browsers do not tell. */
export function wasNeverSent(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if ('code' in cause && beforeAnything.has(cause.code)) return true;
    if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors.every(wasNeverSent);
  }
  return false;
}
