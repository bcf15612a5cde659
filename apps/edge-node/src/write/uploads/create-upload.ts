import { JzseError } from '@jzse/api';
import type { UploadRow } from '@jzse/db/region';
import type { Author, SpaceId } from '@jzse/sync';
import { joinPath } from '@jzse/sync';
import { checkPlace, checkRoom } from '../accept-upload.ts';
import type { WriteDeps } from '../write-deps.ts';
import { writing } from '../write-errors.ts';
import { uploadIdleMsMax } from './upload-desk.ts';
import type { UploadPlace } from './upload-place.ts';

export interface NewUpload {
  /** Null for a part of a later joined upload, which has no place of its own. */
  readonly place: UploadPlace | null;
  /** Raw tus `Upload-Metadata`. */
  readonly metadata: string;
  /** Bytes; null: told later. */
  readonly length: number | null;
  readonly author: Author;
}

/** Bytes of the largest upload; more chunks than one manifest can list are refused at the end in any case. */
export const uploadBytesMax = 200 * 1024 ** 3;

/** Makes an upload with nothing in it. Throws, before any byte is sent, what would refuse it at the end: `checkPlace`, `too-large`, `over-quota`, `storage-full`. */
export async function createUpload(deps: WriteDeps, { place, metadata, length, author }: NewUpload): Promise<UploadRow> {
  checkLength(length);
  if (place !== null) {
    await checkPlace(deps, place.space, place.names);
    await checkRoom(deps, { ...place, author, length });
  }
  const row: UploadRow = {
    id: deps.newUploadId(),
    space: place?.space ?? ('' as SpaceId),
    path: place === null ? '' : joinPath(place.names),
    metadata,
    length,
    offset: 0,
    expiresAtMs: deps.nowMs() + uploadIdleMsMax,
    base: place?.base ?? null,
    kind: place === null ? 'partial' : 'single',
    completed: false,
    author,
    tail: new Uint8Array(),
  };
  await writing(() => deps.store.createUpload(row));
  return row;
}

/** Throws `too-large`. */
export function checkLength(length: number | null): void {
  if (length === null || length <= uploadBytesMax) return;
  throw new JzseError('too-large', `an upload can have at most ${uploadBytesMax} bytes`, { detail: { bytesMax: uploadBytesMax } });
}
