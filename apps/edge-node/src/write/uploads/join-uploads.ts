import { JzseError } from '@jzse/api';
import type { UploadRow } from '@jzse/db/region';
import type { Author } from '@jzse/sync';
import { joinPath } from '@jzse/sync';
import { checkPlace } from '../accept-upload.ts';
import { commitVersion } from '../commit-version.ts';
import { always, decideWrite } from '../decide-write.ts';
import { describeContent, readChunks } from '../describe-content.ts';
import { openSealer } from '../seal-chunks.ts';
import { writing } from '../write-errors.ts';
import type { UploadProgress } from './advance-upload.ts';
import { checkLength } from './create-upload.ts';
import { findUpload } from './find-upload.ts';
import type { UploadDesk } from './upload-desk.ts';
import { uploadIdleMsMax } from './upload-desk.ts';
import type { UploadPlace } from './upload-place.ts';

export interface JoinWish {
  readonly parts: readonly string[];
  readonly place: UploadPlace;
  readonly metadata: string;
  /** Raw tus `Upload-Concat`. */
  readonly concat: string;
  readonly author: Author;
}

/**
 * Partial uploads become one version, in their order. They are cut again as one content, so that the same file has the
 * same chunks however it was sent; only chunks at the seams are new. The parts stay until they expire.
 * Throws `invalid-input` for a part that is not a whole partial upload, and what an upload throws.
 */
export async function joinUploads(desk: UploadDesk, wish: JoinWish): Promise<UploadProgress> {
  const { place, author } = wish;
  await checkPlace(desk, place.space, place.names);
  const parts = await Promise.all(wish.parts.map((id) => findPart(desk, id, author)));
  const length = parts.reduce((sum, part) => sum + part.offset, 0);
  checkLength(length);
  const row = finalRow(desk, wish, length);
  const outcome = await writing(async () => {
    const content = await describeContent(desk, await sealParts(desk, parts, length));
    const decide = decideWrite({ ...place, content: content.content, condition: always });
    const [made] = await commitVersion(desk, { space: place.space, author, decide: [decide], contents: [content] });
    await desk.store.createUpload(row);
    return made ?? null;
  });
  return { row, outcome };
}

async function findPart(desk: UploadDesk, id: string, author: Author): Promise<UploadRow> {
  const row = await findUpload(desk, id, author);
  if (row.kind === 'partial' && row.offset === row.length) return row;
  throw new JzseError('invalid-input', 'only partial uploads that have all their bytes can be joined', { detail: { upload: id } });
}

async function sealParts(
  desk: UploadDesk,
  parts: readonly UploadRow[],
  length: number,
): ReturnType<ReturnType<typeof openSealer>['finish']> {
  const cutting = desk.sealThread.open(length);
  const sealer = openSealer(desk, { cutting, tail: new Uint8Array(), bytesExpected: length });
  try {
    for (const part of parts) {
      for await (const bytes of readChunks(desk, await desk.store.uploadChunks(part.id))) await sealer.take(bytes);
    }
    return await sealer.finish();
  } finally {
    await sealer.close();
    cutting.close();
  }
}

/** Only there to answer whoever asks about it: it is complete from the start. */
function finalRow(desk: UploadDesk, wish: JoinWish, length: number): UploadRow {
  return {
    id: desk.newUploadId(),
    space: wish.place.space,
    path: joinPath(wish.place.names),
    metadata: wish.metadata,
    length,
    offset: length,
    expiresAtMs: desk.nowMs() + uploadIdleMsMax,
    base: wish.place.base,
    kind: 'final',
    completed: true,
    concat: wish.concat,
    author: wish.author,
    tail: new Uint8Array(),
  };
}
