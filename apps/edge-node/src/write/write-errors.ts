import { JzseError } from '@jzse/api';
import { StorageFull } from '@jzse/storage';
import { InvalidManifest } from '@jzse/sync';

/** What the stores say, as the error that people get. Anything unknown stays what it is. */
export function asWriteError(cause: unknown): unknown {
  if (cause instanceof JzseError) return cause;
  if (cause instanceof StorageFull || hasCode(cause, fullCodes)) {
    return new JzseError('storage-full', 'the disk of this region is full: nothing was changed; make room and try again', { cause });
  }
  if (cause instanceof InvalidManifest) return new JzseError('too-large', 'the file has more chunks than one file can have', { cause });
  return cause;
}

/** Runs a step of the write path; what it throws is what people get. */
export async function writing<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw asWriteError(cause);
  }
}

const fullCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE']);

const hasCode = (cause: unknown, codes: ReadonlySet<unknown>): boolean =>
  cause instanceof Error && 'code' in cause && codes.has(cause.code);
