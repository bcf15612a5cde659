import { type ErrorCode, errorCodes, JzseError, type WireError } from '@jzse/api';
import { TRPCClientError } from '@trpc/client';

/** What a call to the hub threw, as the one coded error. No answer, or none that a hub gives, is `hub-unreachable`. */
export function toHubError(error: unknown, url: string): JzseError {
  if (error instanceof JzseError) return error;
  const answered = error instanceof TRPCClientError ? (wireErrorOf(error) ?? problemOf(error)) : null;
  if (answered === null)
    return new JzseError('hub-unreachable', `the hub at ${url} does not answer (${reasonOf(error)})`, { cause: error });
  return new JzseError(answered.code, (error as Error).message, { detail: answered.detail, cause: error });
}

type Answered = Pick<WireError, 'code' | 'detail'>;

function wireErrorOf(error: TRPCClientError<never>): Answered | null {
  const data: unknown = error.data;
  if (!isObject(data)) return null;
  const wire = data['jzse'];
  return isObject(wire) && isErrorCode(wire['code'])
    ? { code: wire['code'], detail: isObject(wire['detail']) ? wire['detail'] : {} }
    : { code: 'internal', detail: {} };
}

/** The gateway refuses before any router is asked: then the answer is a problem document. */
function problemOf(error: TRPCClientError<never>): Answered | null {
  const problem = error.meta?.['responseJSON'];
  return isObject(problem) && isErrorCode(problem['code']) ? { code: problem['code'], detail: {} } : null;
}

/** What the network stack says hides in `cause`: `ECONNREFUSED`. */
function reasonOf(error: unknown): string {
  let reason = 'no answer';
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const code = 'code' in cause ? cause.code : null;
    reason = typeof code === 'string' ? code : cause.message;
  }
  return reason;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(errorCodes, code);
