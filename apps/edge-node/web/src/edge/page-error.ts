import type { ErrorCode, WireError } from '@jzse/api';
import { TRPCClientError } from '@trpc/client';

/** What failed, for people: a code that has a text in every language, and what the server said. */
export interface PageError {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly said: string;
}

/** Makes a coded error of whatever was thrown; no answer at all is `unreachable`. */
export function toPageError(error: unknown): PageError {
  const said = error instanceof Error ? error.message : String(error);
  if (!(error instanceof TRPCClientError)) return { code: error instanceof TypeError ? 'unreachable' : 'internal', retryable: true, said };
  const wire = (error.data as { readonly jzse?: WireError } | null | undefined)?.jzse;
  if (wire !== undefined) return { code: wire.code, retryable: wire.retryable, said };
  return statusError(httpStatus(error), said);
}

/** The error of a plain HTTP answer: `application/problem+json` where it is ours, else what the status tells. */
export function problemError(status: number, body: string): PageError {
  try {
    const problem = JSON.parse(body) as { readonly code?: ErrorCode; readonly detail?: string; readonly title?: string };
    if (problem.code !== undefined) return { code: problem.code, retryable: status >= 500, said: problem.detail ?? problem.title ?? '' };
  } catch {
    // Not ours: a proxy's page, or nothing at all.
  }
  return statusError(status, `HTTP ${status}`);
}

function statusError(status: number, said: string): PageError {
  if (status === 0 || status === 502 || status === 503 || status === 504) return { code: 'unreachable', retryable: true, said };
  if (status === 401) return { code: 'unauthenticated', retryable: false, said };
  if (status === 413) return { code: 'too-large', retryable: false, said };
  return { code: status >= 500 ? 'internal' : 'invalid-input', retryable: status >= 500, said };
}

function httpStatus(error: TRPCClientError<never>): number {
  const response = error.meta?.['response'];
  return response instanceof Response ? response.status : 0;
}
