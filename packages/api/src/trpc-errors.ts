import { InvalidPath } from '@jzse/sync';
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server';
import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
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
  if (coded === null) {
    const { cause } = error;
    return cause instanceof ZodError ? new TRPCError({ code: error.code, message: sentenceOf(cause), cause }) : error;
  }
  const { trpc } = errorCodes[coded.code];
  return new TRPCError({ code: trpc as TRPC_ERROR_CODE_KEY, message: coded.message, cause: coded });
}

export function toWireError(error: TRPCError): WireError {
  const coded = codedCause(error.cause);
  if (coded !== null) return { code: coded.code, retryable: errorCodes[coded.code].retryable, detail: coded.detail };
  const code = error.code === 'INTERNAL_SERVER_ERROR' ? 'internal' : error.code === 'UNAUTHORIZED' ? 'unauthenticated' : 'invalid-input';
  return { code, retryable: errorCodes[code].retryable, detail: {} };
}

/** Issues that are told of; an input of many items may have one for each. */
const issuesMax = 3;
const issueCharactersMax = 200;

function sentenceOf({ issues }: ZodError): string {
  const told = issues.slice(0, issuesMax).map(({ path, message }) => {
    const place = path.map(String).join('.').slice(0, issueCharactersMax);
    return `${place === '' ? '' : `${place}: `}${message.slice(0, issueCharactersMax)}`;
  });
  const more = issues.length - told.length;
  return `the input is not what this call takes: ${told.join('; ')}${more === 0 ? '' : `; and ${more} more`}`;
}

function codedCause(cause: unknown): JzseError | null {
  if (cause instanceof JzseError) return cause;
  return cause instanceof InvalidPath ? new JzseError('invalid-name', cause.message, { cause }) : null;
}
