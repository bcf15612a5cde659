import type { Readable } from 'node:stream';
import { JzseError } from '@jzse/api';
import type { UploadRow, UploadStep } from '@jzse/db/region';
import type { Author } from '@jzse/sync';
import type { Outcome } from '../commit-version.ts';
import { writing } from '../write-errors.ts';
import type { Checksum } from './checksum.ts';
import { completeStored } from './complete-upload.ts';
import { checkLength } from './create-upload.ts';
import { findUpload } from './find-upload.ts';
import { receivePart } from './receive-part.ts';
import type { UploadDesk } from './upload-desk.ts';
import { uploadIdleMsMax } from './upload-desk.ts';

export interface UploadPart {
  readonly offset: number;
  readonly body: Readable;
  /** Bytes of the body as announced; null if they were not. */
  readonly partLength: number | null;
  /** Of the whole upload, if it is told with this part. */
  readonly length: number | null;
  readonly checksum: Checksum | null;
  /** Who sends it: the upload must be theirs. */
  readonly author: Author;
}

export interface UploadProgress {
  readonly row: Pick<UploadRow, 'id' | 'space' | 'offset' | 'length' | 'expiresAtMs' | 'metadata' | 'concat' | 'kind' | 'completed'>;
  /** What this request committed; null if it was not the last one. */
  readonly outcome: Outcome | null;
}

/**
 * Adds bytes to an upload. The offset that is answered is durable. What arrived before the sender went away stays,
 * unless there is a checksum, when it is all or nothing. The last byte commits. A newer request stops this one.
 * Throws `offset-mismatch`, `checksum-mismatch`, `length-mismatch`, `too-large`, `upload-locked`, `forbidden`, `storage-full`, and what the commit throws.
 */
export async function advanceUpload(desk: UploadDesk, id: string, part: UploadPart): Promise<UploadProgress> {
  const hold = await desk.locks.acquire(id);
  try {
    const found = await findUpload(desk, id, part.author);
    if (found.kind === 'final') throw new JzseError('forbidden', 'a joined upload takes no bytes');
    const row = await withLength(desk, found, part.length);
    checkPart(row, part);
    if (isWhole(row)) return await settled(desk, row);
    return await receivePart(desk, { row, part, stop: hold.stop });
  } finally {
    hold.release();
  }
}

/** Where an upload stands. Stops whoever sends to it, so that the answer stays true; completes what has all its bytes. Throws `unknown-upload`, `upload-expired`. */
export async function inspectUpload(desk: UploadDesk, id: string, author: Author): Promise<UploadProgress> {
  const hold = await desk.locks.acquire(id);
  try {
    const row = await findUpload(desk, id, author);
    return isWhole(row) ? await settled(desk, row) : { row, outcome: null };
  } finally {
    hold.release();
  }
}

/** Ends an upload without a version. Throws `unknown-upload`. */
export async function terminateUpload(desk: UploadDesk, id: string, author: Author): Promise<void> {
  const hold = await desk.locks.acquire(id);
  try {
    await findUpload(desk, id, author);
    await writing(() => desk.store.removeUpload(id));
    desk.cuttings.drop(id);
  } finally {
    hold.release();
  }
}

const isWhole = (row: UploadRow): boolean => row.offset === row.length;

async function settled(desk: UploadDesk, row: UploadRow): Promise<UploadProgress> {
  if (row.completed || row.kind === 'partial') return { row, outcome: null };
  return { row: { ...row, completed: true }, outcome: await completeStored(desk, row) };
}

/** Notes a length that was told later. */
async function withLength(desk: UploadDesk, row: UploadRow, length: number | null): Promise<UploadRow> {
  if (length === null || length === row.length) return row;
  checkLength(length);
  if (row.length !== null) throw new JzseError('invalid-input', 'the length of this upload is known and cannot change');
  if (length < row.offset) throw new JzseError('invalid-input', 'the upload has more bytes already', { detail: { offset: row.offset } });
  const expiresAtMs = desk.nowMs() + uploadIdleMsMax;
  const step: UploadStep = { fromOffset: row.offset, toOffset: row.offset, sealed: [], tail: row.tail, length, expiresAtMs };
  await writing(() => desk.store.advanceUpload(row.id, step));
  return { ...row, length, expiresAtMs };
}

function checkPart(row: UploadRow, { offset, partLength }: UploadPart): void {
  if (offset !== row.offset) {
    throw new JzseError('offset-mismatch', `the upload goes on at byte ${row.offset}`, { detail: { offset: row.offset } });
  }
  if (row.length !== null && partLength !== null && offset + partLength > row.length) {
    throw new JzseError('too-large', 'this part would make the upload longer than was announced', { detail: { length: row.length } });
  }
}
