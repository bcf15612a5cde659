import { type ErrorCode, errorCodes, JzseError, type WireError } from '@jzse/api';
import { repeatedHeader } from './nearest/repeated-header.ts';

/** Whether the same call may succeed later without any change to it. */
export const isRetryable = (error: unknown): boolean => error instanceof JzseError && errorCodes[error.code].retryable;

/** Whatever a call threw, as the one coded error; what the caller aborted itself stays an `AbortError`. */
export function toJzseError(error: unknown): Error {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause instanceof JzseError || cause.name === 'AbortError') return cause;
    if (cause.name === 'TimeoutError') return unreachable('the server', cause);
  }
  const wire = wireErrorOf(error);
  if (wire !== null) return new JzseError(wire.code, (error as Error).message, { detail: wire.detail, cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return new JzseError('internal', `unexpected answer: ${message}`, { cause: error });
}

/** The request got no answer: refused, cut, unresolvable or too slow. */
export function unreachable(url: string, cause: unknown): JzseError {
  const reason = cause instanceof Error && cause.name === 'TimeoutError' ? 'it did not answer in time' : networkReason(cause);
  return new JzseError('unreachable', `cannot reach ${url} (${reason}). Check that it runs and try again`, { detail: { url }, cause });
}

/** The error that an HTTP answer which is no success stands for. Reads its body. */
export async function responseError(response: Response): Promise<JzseError> {
  const text = await response.text().catch(() => '');
  const problem = parseObject(text);
  const known = isErrorCode(problem['code']) ? problem['code'] : codeOfStatus(response.status);
  const said = [problem['detail'], problem['title']].find((part) => typeof part === 'string' && part !== '');
  const { type: _type, title: _title, status: _status, code: _code, detail: _detail, ...detail } = problem;
  if (response.headers.has(repeatedHeader)) detail['maybeDone'] = true;
  return new JzseError(known, typeof said === 'string' ? said : `the server answered ${response.status}`, { detail });
}

function wireErrorOf(error: unknown): WireError | null {
  const data = error !== null && typeof error === 'object' && 'data' in error ? error.data : null;
  const wire = data !== null && typeof data === 'object' && 'jzse' in data ? (data.jzse as Partial<WireError> | null) : null;
  return wire !== null && isErrorCode(wire?.code)
    ? { code: wire.code, retryable: wire.retryable ?? false, detail: wire.detail ?? {} }
    : null;
}

const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(errorCodes, code);

/** The code of an answer whose body names none. */
export function codeOfStatus(status: number): ErrorCode {
  const byStatus: Partial<Record<number, ErrorCode>> = {
    401: 'unauthenticated',
    403: 'forbidden',
    404: 'unknown-path',
    409: 'already-exists',
    412: 'precondition-failed',
    413: 'too-large',
    416: 'range-not-satisfiable',
    429: 'not-ready',
    503: 'not-ready',
    507: 'storage-full',
  };
  return byStatus[status] ?? (status >= 500 ? 'internal' : 'invalid-input');
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What the network stack says, which hides it in `cause`: `ECONNREFUSED`. */
function networkReason(error: unknown): string {
  let reason = 'no answer';
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const code = 'code' in cause ? cause.code : null;
    reason = typeof code === 'string' ? code : cause.message;
  }
  return reason;
}
