import { JzseError } from '@jzse/api';
import type { UploadRow } from '@jzse/db/region';
import type { Author } from '@jzse/sync';
import type { WriteDeps } from '../write-deps.ts';
import { authorOfUpload } from './upload-author.ts';

/** Somebody else's upload is not there. Throws `unknown-upload`, `upload-expired`. */
export async function findUpload(deps: WriteDeps, id: string, { user }: Pick<Author, 'user'>): Promise<UploadRow> {
  const row = await deps.store.upload(id);
  if (row === null || authorOfUpload(row, deps.region).user !== user)
    throw new JzseError('unknown-upload', 'there is no such upload; start a new one');
  if (row.expiresAtMs < deps.nowMs()) throw new JzseError('upload-expired', 'this upload waited too long; start a new one');
  return row;
}
