import { JzseError } from '@jzse/api';
import type { UploadRow } from '@jzse/db/region';
import type { ChunkHashAndSize } from '@jzse/sync';
import type { Received } from '../receive-body.ts';
import { receiveBody } from '../receive-body.ts';
import type { Sealer } from '../seal-chunks.ts';
import { openSealer } from '../seal-chunks.ts';
import type { Cutting } from '../seal-thread.ts';
import { writing } from '../write-errors.ts';
import type { UploadPart, UploadProgress } from './advance-upload.ts';
import { measureChecksum } from './checksum.ts';
import { completeUpload } from './complete-upload.ts';
import { uploadBytesMax } from './create-upload.ts';
import type { UploadDesk } from './upload-desk.ts';
import { uploadIdleMsMax } from './upload-desk.ts';

/** While a long part arrives, what is sealed is noted every so many bytes or so often: what a crash can cost. */
const checkpointBytes = 64 * 1024 * 1024;
const checkpointMs = 5_000;

/** One part on its way in. */
interface Receiving {
  readonly desk: UploadDesk;
  readonly part: UploadPart;
  readonly stop: AbortSignal;
  readonly sealer: Sealer;
  readonly cutting: Cutting;
  /** The hash of the cutting covers the upload from its first byte. */
  readonly coversAll: boolean;
  /** As it is stored now. */
  row: UploadRow;
  notedMs: number;
  /** Flushed chunks that the row does not name yet. */
  unnoted: ChunkHashAndSize[];
}

/** Takes the bytes of one part, with the upload's lock held. */
export async function receivePart(
  desk: UploadDesk,
  { row, part, stop }: { readonly row: UploadRow; readonly part: UploadPart; readonly stop: AbortSignal },
): Promise<UploadProgress> {
  const opened = openCutting(desk, row);
  const { cutting } = opened;
  const bytesExpected = part.partLength === null ? null : row.tail.length + part.partLength;
  const sealer = openSealer(desk, { cutting, tail: row.tail, bytesExpected });
  const receiving: Receiving = { desk, part, stop, sealer, ...opened, row, notedMs: desk.nowMs(), unnoted: [] };
  let isKept = false;
  try {
    return await writing(async () => {
      const { how, bytes } = await take(receiving);
      const offset = row.offset + bytes;
      if (offset === row.length) return await end(receiving, offset);
      await pause(receiving, offset);
      if (opened.coversAll) {
        const sealedBytes = offset - receiving.row.tail.length;
        desk.cuttings.keep(row.id, { cutting, sealedBytes });
        isKept = true;
      }
      if (how !== 'whole') throw refusal(how);
      return { row: receiving.row, outcome: null };
    });
  } finally {
    await sealer.close();
    if (!isKept) cutting.close();
  }
}

function openCutting(desk: UploadDesk, row: UploadRow): { readonly cutting: Cutting; readonly coversAll: boolean } {
  const sealedBytes = row.offset - row.tail.length;
  const kept = sealedBytes === 0 ? null : desk.cuttings.take(row.id, sealedBytes);
  return { cutting: kept ?? desk.sealThread.open(row.length), coversAll: kept !== null || sealedBytes === 0 };
}

async function take(receiving: Receiving): Promise<{ readonly how: Received; readonly bytes: number }> {
  const { part, row, sealer } = receiving;
  const meter = measureChecksum(part.checksum);
  const bytesMax = (row.length ?? uploadBytesMax) - row.offset;
  let bytes = 0;
  const how = await receiveBody(part.body, {
    stop: receiving.stop,
    isCopied: true,
    take: (data) => {
      bytes += data.length;
      if (bytes > bytesMax) throw new JzseError('too-large', 'this part makes the upload longer than was announced; it was not taken');
      meter.add(data);
      const turning = sealer.take(data);
      return turning === null ? null : turning.then(() => noteSealed(receiving));
    },
  });
  // A checksum is of all the bytes of the part: without them nothing can be said of any.
  if (part.checksum !== null && how !== 'whole') throw refusal(how);
  meter.check();
  return { how, bytes };
}

const refusal = (how: Exclude<Received, 'whole'>): JzseError =>
  how === 'stopped'
    ? new JzseError('upload-locked', 'a newer request for this upload has taken over')
    : new JzseError('length-mismatch', 'the body was shorter than announced');

/** A checkpoint: offset at the end of the last flushed chunk. Not under a checksum, where the part is all or nothing. */
async function noteSealed(receiving: Receiving): Promise<void> {
  const { desk, part, sealer, row, unnoted } = receiving;
  unnoted.push(...sealer.flushed());
  const bytes = unnoted.reduce((sum, chunk) => sum + chunk.size, 0);
  const isDue = bytes >= checkpointBytes || desk.nowMs() - receiving.notedMs >= checkpointMs;
  if (part.checksum !== null || unnoted.length === 0 || !isDue) return;
  await store(receiving, { offset: row.offset - row.tail.length + bytes, tail: new Uint8Array() });
}

async function pause(receiving: Receiving, offset: number): Promise<void> {
  const { chunks, tail } = await receiving.sealer.pause();
  receiving.unnoted.push(...chunks);
  await store(receiving, { offset, tail });
}

async function store(receiving: Receiving, to: { readonly offset: number; readonly tail: Uint8Array }): Promise<void> {
  const { desk, row, unnoted } = receiving;
  const expiresAtMs = desk.nowMs() + uploadIdleMsMax;
  await desk.store.advanceUpload(row.id, { fromOffset: row.offset, toOffset: to.offset, sealed: unnoted, tail: to.tail, expiresAtMs });
  receiving.row = { ...row, ...to, expiresAtMs };
  receiving.unnoted = [];
  receiving.notedMs = desk.nowMs();
}

/** The last byte is here. A commit that is refused leaves the upload whole, to be completed another time. */
async function end(receiving: Receiving, offset: number): Promise<UploadProgress> {
  const { desk, sealer, row } = receiving;
  const { chunks, hash } = await sealer.finish();
  receiving.unnoted.push(...chunks);
  const whole = { offset, tail: new Uint8Array() };
  if (row.kind === 'partial') {
    await store(receiving, whole);
    return { row: receiving.row, outcome: null };
  }
  const sealed = [...(await desk.store.uploadChunks(row.id)), ...receiving.unnoted];
  try {
    const finished = { row, chunks: sealed, hash: receiving.coversAll ? hash : null };
    const outcome = await completeUpload(desk, finished);
    return { row: { ...receiving.row, offset, completed: true }, outcome };
  } catch (cause) {
    // Where even this fails, the upload stays at its last checkpoint.
    await store(receiving, whole).catch(() => undefined);
    throw cause;
  }
}
