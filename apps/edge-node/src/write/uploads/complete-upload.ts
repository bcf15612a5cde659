import type { UploadRow } from '@jzse/db/region';
import type { ChunkHashAndSize, Hash } from '@jzse/sync';
import type { Outcome } from '../commit-version.ts';
import { commitVersion } from '../commit-version.ts';
import { always, decideWrite } from '../decide-write.ts';
import { describeContent, hashChunks } from '../describe-content.ts';
import { openSealer } from '../seal-chunks.ts';
import type { WriteDeps } from '../write-deps.ts';
import { writing } from '../write-errors.ts';
import { authorOfUpload } from './upload-author.ts';
import { parseUploadMetadata } from './upload-metadata.ts';
import { placeOf } from './upload-place.ts';

export interface FinishedUpload {
  readonly row: UploadRow;
  /** All chunks of the content. */
  readonly chunks: readonly ChunkHashAndSize[];
  /** Of the content; null: it must be read again to tell. */
  readonly hash: Hash | null;
}

/** All bytes are here: one commit makes them a version and ends the upload. Throws what the commit throws; then the upload is as it was. */
export async function completeUpload(deps: WriteDeps, { row, chunks, hash }: FinishedUpload): Promise<Outcome> {
  const content = await writing(async () => describeContent(deps, { chunks, hash: hash ?? (await hashChunks(deps, chunks)) }));
  const { space, names, facts, base } = placeOf(parseUploadMetadata(row.metadata));
  const decide = decideWrite({ names, content: content.content, facts, condition: always, base });
  const author = authorOfUpload(row, deps.region);
  const [outcome] = await commitVersion(deps, { space, author, decide: [decide], contents: [content], uploadDone: row.id });
  return outcome as Outcome;
}

/** Completes an upload that has all its bytes and was never committed: the process ended in between, or the commit was refused. */
export async function completeStored(deps: WriteDeps, row: UploadRow): Promise<Outcome> {
  const sealed = await deps.store.uploadChunks(row.id);
  const last = row.tail.length === 0 ? [] : await writing(() => sealTail(deps, row.tail));
  return completeUpload(deps, { row, chunks: [...sealed, ...last], hash: null });
}

async function sealTail(deps: WriteDeps, tail: Uint8Array): Promise<readonly ChunkHashAndSize[]> {
  const cutting = deps.sealThread.open(tail.length);
  try {
    return (await openSealer(deps, { cutting, tail, bytesExpected: tail.length }).finish()).chunks;
  } finally {
    cutting.close();
  }
}
