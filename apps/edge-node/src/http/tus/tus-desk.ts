import type { UploadDesk } from '../../write/uploads/upload-desk.ts';
import type { AllowAt } from '../caller.ts';

/** Uploads as they are reached over tus: where one goes to shows in its metadata. */
export interface TusDesk extends UploadDesk {
  readonly allowAt: AllowAt;
}
