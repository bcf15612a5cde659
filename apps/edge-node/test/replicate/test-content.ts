import { hash as digest } from 'node:crypto';
import type { ContentWithChunks } from '@jzse/db/region';
import type { Chunk } from '@jzse/storage';
import { chunkSizes, encodeManifest, findBoundary, type Hash } from '@jzse/sync';

/** Bytes with all that a region makes of them: chunks, manifest and names. */
export interface TestContent extends ContentWithChunks {
  readonly bytes: Uint8Array;
  /** The manifest among them, if there is one. */
  readonly stored: readonly Chunk[];
}

const sha256 = (bytes: Uint8Array): Hash => digest('sha256', bytes, 'hex') as Hash;

export function contentOf(bytes: Uint8Array): TestContent {
  const pieces: Chunk[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = findBoundary(bytes, { start, end: Math.min(bytes.length, start + chunkSizes.max) }, true);
    const piece = bytes.subarray(start, end);
    pieces.push({ hash: sha256(piece), bytes: piece });
    start = end;
  }
  const chunks = pieces.map((piece) => ({ hash: piece.hash, size: piece.bytes.length }));
  if (chunks.length < 2) return { bytes, content: { hash: sha256(bytes), size: bytes.length, manifest: null }, chunks, stored: pieces };
  const manifest = encodeManifest(chunks);
  const content = { hash: sha256(bytes), size: bytes.length, manifest: sha256(manifest) };
  return { bytes, content, chunks, stored: [...pieces, { hash: content.manifest, bytes: manifest }] };
}

/** Bytes that nobody compresses and that are the same for the same seed. */
export function noise(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}

export const textContent = (text: string): TestContent => contentOf(Buffer.from(text));
