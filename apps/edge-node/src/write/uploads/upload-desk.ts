import type { WriteDeps } from '../write-deps.ts';
import type { UploadCuttings } from './upload-cuttings.ts';
import { createUploadCuttings } from './upload-cuttings.ts';
import type { UploadLocks } from './upload-locks.ts';
import { createUploadLocks } from './upload-locks.ts';

/** The write path with what uploads share between requests. One per process. */
export interface UploadDesk extends WriteDeps {
  readonly locks: UploadLocks;
  readonly cuttings: UploadCuttings;
}

export const openUploadDesk = (deps: WriteDeps): UploadDesk => ({
  ...deps,
  locks: createUploadLocks(),
  cuttings: createUploadCuttings(),
});

/** An upload that makes no progress for so long is removed. */
export const uploadIdleMsMax = 24 * 60 * 60 * 1000;
