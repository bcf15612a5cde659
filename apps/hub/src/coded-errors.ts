import { JzseError } from '@jzse/api';
import { CounterReused, EpochMismatch, LogDiffers, LogNotEmpty, LogNotReplaced, SeedIncomplete, UnknownSpace } from '@jzse/db/hub';

/** The same call, with what the store refuses said in a code of the table. */
export function coded<Arguments extends readonly unknown[], Answer>(
  call: (...args: Arguments) => Promise<Answer>,
): (...args: Arguments) => Promise<Answer> {
  return async (...args) => {
    try {
      return await call(...args);
    } catch (cause) {
      throw codedError(cause);
    }
  };
}

function codedError(cause: unknown): unknown {
  if (cause instanceof EpochMismatch) {
    return new JzseError('epoch-mismatch', cause.message, { detail: { space: cause.space, epoch: cause.epoch }, cause });
  }
  if (cause instanceof LogDiffers) {
    return new JzseError('log-differs', cause.message, { detail: { space: cause.space, sequence: cause.sequence }, cause });
  }
  if (cause instanceof CounterReused) return new JzseError('log-differs', cause.message, { detail: { space: cause.space }, cause });
  if (cause instanceof LogNotEmpty) return new JzseError('already-exists', cause.message, { detail: { space: cause.space }, cause });
  if (cause instanceof LogNotReplaced)
    return new JzseError('precondition-failed', cause.message, { detail: { space: cause.space }, cause });
  // May be retried: the sender begins again with the first page.
  if (cause instanceof SeedIncomplete)
    return new JzseError('offset-mismatch', cause.message, { detail: { space: cause.space, missing: cause.missing }, cause });
  if (cause instanceof UnknownSpace) return new JzseError('unknown-space', cause.message, { detail: { space: cause.space }, cause });
  return cause;
}
