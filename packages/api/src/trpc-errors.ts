import { InvalidPath } from '@jzse/sync';
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server';
import { TRPCError } from '@trpc/server';
import type { ErrorCode } from './error-code.ts';
import { errorCodes, JzseError } from './error-code.ts';

/** What a client finds under `error.data.jzse`. */
export interface WireError {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A coded error as tRPC carries it; what tRPC itself refuses stays as it is; of a bug only the log hears more (`cause`). */
export function toTrpcError(error: TRPCError): TRPCError {
  const coded = codedCause(error.cause);
  if (coded === null && error.code === 'INTERNAL_SERVER_ERROR') {
    return new TRPCError({ code: error.code, message: 'something went wrong here; the log has it', cause: error.cause });
  }
  if (coded === null) return error;
  const { trpc } = errorCodes[coded.code];
  return new TRPCError({ code: trpc as TRPC_ERROR_CODE_KEY, message: coded.message, cause: coded });
}

export function toWireError(error: TRPCError): WireError {
  const coded = codedCause(error.cause);
  if (coded !== null) return { code: coded.code, retryable: errorCodes[coded.code].retryable, detail: coded.detail };
  const code = error.code === 'INTERNAL_SERVER_ERROR' ? 'internal' : error.code === 'UNAUTHORIZED' ? 'unauthenticated' : 'invalid-input';
  return { code, retryable: errorCodes[code].retryable, detail: {} };
}

function codedCause(cause: unknown): JzseError | null {
  if (cause instanceof JzseError) return cause;
  return cause instanceof InvalidPath ? new JzseError('invalid-name', cause.message, { cause }) : null;
}
