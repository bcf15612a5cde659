import { chunkSizes } from './chunk-boundaries.ts';
import type { Hash } from './identifiers.ts';
import type { ChunkHashAndSize } from './operation.ts';

/** Chunks that one manifest can list: a file of about 230 GiB at the average chunk size. Bounds what an edge holds in memory. */
export const manifestChunksMax = 450_000;

const magic = 0x4a5a4d31; // "JZM1"
const headerBytes = 8;
const lineBytes = 36;

/** Bytes that are no manifest, or not a whole one. */
export class InvalidManifest extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidManifest';
  }
}

/** Layout, big endian: "JZM1", u32 count, then for each chunk its 32-byte SHA-256 and u32 size. */
export function encodeManifest(chunks: readonly ChunkHashAndSize[]): Uint8Array {
  if (chunks.length > manifestChunksMax) throw new InvalidManifest(`more than ${manifestChunksMax} chunks`);
  const bytes = new Uint8Array(headerBytes + chunks.length * lineBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  view.setUint32(4, chunks.length);
  let at = headerBytes;
  for (const chunk of chunks) {
    for (let index = 0; index < 32; index++) bytes[at + index] = Number.parseInt(chunk.hash.slice(index * 2, index * 2 + 2), 16);
    view.setUint32(at + 32, chunk.size);
    at += lineBytes;
  }
  return bytes;
}

/** Inverse of `encodeManifest`. Throws `InvalidManifest`. */
export function decodeManifest(bytes: Uint8Array): ChunkHashAndSize[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes || view.getUint32(0) !== magic) throw new InvalidManifest('not a manifest');
  const count = view.getUint32(4);
  if (count > manifestChunksMax || bytes.length !== headerBytes + count * lineBytes)
    throw new InvalidManifest('manifest of the wrong length');
  return Array.from({ length: count }, (_, index) => {
    const at = headerBytes + index * lineBytes;
    const size = view.getUint32(at + 32);
    if (size === 0 || size > chunkSizes.max) throw new InvalidManifest(`chunk ${index} has an impossible size`);
    return { hash: toHex(bytes, at), size };
  });
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function toHex(bytes: Uint8Array, start: number): Hash {
  let text = '';
  for (let at = start; at < start + 32; at++) text += hexOfByte[bytes[at] as number];
  return text as Hash;
}
