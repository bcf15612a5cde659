import { errorCodes, JzseError } from '@jzse/api';

/** What the command says to scripts. Fixed: a new kind of failure gets a new number. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  notFound: 4,
  conflict: 5,
  refused: 6,
  interrupted: 130,
} as const;

export const exitCodesHelp = `
Exit codes:
  0    done
  1    refused or failed; the message says why
  2    the command was called wrongly
  3    a server could not be reached, or is not ready; try again later
  4    no such file, folder, version or space
  5    something else is there, or it changed meanwhile
  6    the token is missing or wrong
  130  stopped by Ctrl-C`;

/** Called wrongly, or with too little to know what to do. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage;
  if (!(error instanceof JzseError)) return exitCodeOfSystem(error);
  const { http } = errorCodes[error.code];
  if (error.code === 'not-known-here-yet' || http === 503) return exitCodes.unreachable;
  if (http === 401 || http === 403) return exitCodes.refused;
  if (http === 404 || http === 410) return exitCodes.notFound;
  if (http === 409 || http === 412 || http === 423) return exitCodes.conflict;
  return exitCodes.failed;
}

function exitCodeOfSystem(error: unknown): number {
  if (!(error instanceof Error)) return exitCodes.failed;
  if (error.name === 'AbortError') return exitCodes.interrupted;
  return 'code' in error && error.code === 'ENOENT' ? exitCodes.notFound : exitCodes.failed;
}
