/** Closed list of what can go wrong, for programs; the message is for people and says what to do. */
export interface ErrorCodeRow {
  readonly http: number;
  readonly trpc: string;
  readonly retryable: boolean;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
}
export const errorCodes = {
  'invalid-input': { http: 400, trpc: 'BAD_REQUEST', retryable: false, level: 'info' },
  'invalid-name': { http: 400, trpc: 'BAD_REQUEST', retryable: false, level: 'info' },
  unauthenticated: { http: 401, trpc: 'UNAUTHORIZED', retryable: false, level: 'info' },
  /** Name, password, code, token or link: which of them was wrong is not said. */
  'wrong-credentials': { http: 401, trpc: 'UNAUTHORIZED', retryable: false, level: 'info' },
  'second-factor-needed': { http: 401, trpc: 'UNAUTHORIZED', retryable: false, level: 'info' },
  /** This region has not heard from the hub for so long that it takes no token from before. */
  'region-cut-off': { http: 401, trpc: 'UNAUTHORIZED', retryable: true, level: 'warn' },
  forbidden: { http: 403, trpc: 'FORBIDDEN', retryable: false, level: 'info' },
  'unknown-space': { http: 404, trpc: 'NOT_FOUND', retryable: false, level: 'info' },
  'unknown-path': { http: 404, trpc: 'NOT_FOUND', retryable: false, level: 'debug' },
  'not-known-here-yet': { http: 404, trpc: 'NOT_FOUND', retryable: true, level: 'info' },
  'unknown-version': { http: 404, trpc: 'NOT_FOUND', retryable: false, level: 'info' },
  'unknown-change': { http: 404, trpc: 'NOT_FOUND', retryable: false, level: 'info' },
  'no-conflict': { http: 409, trpc: 'CONFLICT', retryable: false, level: 'info' },
  'merge-failed': { http: 422, trpc: 'UNPROCESSABLE_CONTENT', retryable: false, level: 'info' },
  /** The log, or what is kept of old versions, does not reach back so far. */
  'history-ended': { http: 410, trpc: 'NOT_FOUND', retryable: false, level: 'info' },
  'unknown-upload': { http: 404, trpc: 'NOT_FOUND', retryable: false, level: 'info' },
  'upload-expired': { http: 410, trpc: 'NOT_FOUND', retryable: false, level: 'info' },
  'already-exists': { http: 409, trpc: 'CONFLICT', retryable: false, level: 'info' },
  'not-a-folder': { http: 409, trpc: 'CONFLICT', retryable: false, level: 'info' },
  'is-a-folder': { http: 409, trpc: 'CONFLICT', retryable: false, level: 'info' },
  'would-make-cycle': { http: 409, trpc: 'CONFLICT', retryable: false, level: 'info' },
  'offset-mismatch': { http: 409, trpc: 'CONFLICT', retryable: true, level: 'info' },
  'epoch-mismatch': { http: 409, trpc: 'CONFLICT', retryable: true, level: 'info' },
  /** The hub's log is not the one that the region knows: it was restored from a backup, or failed over to a copy that lagged. */
  'log-differs': { http: 409, trpc: 'CONFLICT', retryable: true, level: 'warn' },
  'chunks-missing': { http: 409, trpc: 'CONFLICT', retryable: true, level: 'info' },
  'precondition-failed': { http: 412, trpc: 'PRECONDITION_FAILED', retryable: false, level: 'info' },
  'tus-version': { http: 412, trpc: 'PRECONDITION_FAILED', retryable: false, level: 'info' },
  'link-ended': { http: 410, trpc: 'NOT_FOUND', retryable: false, level: 'info' },
  'over-quota': { http: 413, trpc: 'PAYLOAD_TOO_LARGE', retryable: false, level: 'info' },
  'too-many-requests': { http: 429, trpc: 'TOO_MANY_REQUESTS', retryable: true, level: 'info' },
  /** The server has more to do than it can: it refuses before it becomes slow. */
  overloaded: { http: 503, trpc: 'SERVICE_UNAVAILABLE', retryable: true, level: 'warn' },
  'too-large': { http: 413, trpc: 'PAYLOAD_TOO_LARGE', retryable: false, level: 'info' },
  'unsupported-media-type': { http: 415, trpc: 'UNSUPPORTED_MEDIA_TYPE', retryable: false, level: 'info' },
  'range-not-satisfiable': { http: 416, trpc: 'BAD_REQUEST', retryable: false, level: 'debug' },
  'upload-locked': { http: 423, trpc: 'CONFLICT', retryable: true, level: 'info' },
  'length-mismatch': { http: 400, trpc: 'BAD_REQUEST', retryable: true, level: 'info' },
  'checksum-mismatch': { http: 460, trpc: 'BAD_REQUEST', retryable: true, level: 'warn' },
  /** This region has not yet seen what the caller's causal token names, and could not get it elsewhere in time (SY12). */
  'not-seen-yet': { http: 503, trpc: 'SERVICE_UNAVAILABLE', retryable: true, level: 'info' },
  'content-unavailable': { http: 503, trpc: 'SERVICE_UNAVAILABLE', retryable: true, level: 'warn' },
  'hub-unreachable': { http: 503, trpc: 'SERVICE_UNAVAILABLE', retryable: true, level: 'warn' },
  /** What a client makes of a server that does not answer; no server sends it. */
  unreachable: { http: 503, trpc: 'SERVICE_UNAVAILABLE', retryable: true, level: 'warn' },
  'not-ready': { http: 503, trpc: 'SERVICE_UNAVAILABLE', retryable: true, level: 'debug' },
  'storage-full': { http: 507, trpc: 'INTERNAL_SERVER_ERROR', retryable: true, level: 'error' },
  internal: { http: 500, trpc: 'INTERNAL_SERVER_ERROR', retryable: true, level: 'error' },
} as const satisfies Record<string, ErrorCodeRow>;
export type ErrorCode = keyof typeof errorCodes;

/** The one error that crosses a boundary. `detail` is plain JSON, free of secrets. */
export class JzseError extends Error {
  readonly code: ErrorCode;
  readonly detail: Readonly<Record<string, unknown>>;
  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly detail?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'JzseError';
    this.code = code;
    this.detail = options.detail ?? {};
  }
}
