import { chunkSizes, type Hash, manifestChunksMax } from '@jzse/sync';

/** One chunk on the wire: u32 big-endian length, 32-byte SHA-256, bytes. `bytes` null: the sender has it not. */
export interface ChunkFrame {
  readonly hash: Hash;
  readonly bytes: Uint8Array | null;
}

export const frameHeaderBytes = 36;
const absentLength = 0xffff_ffff;
/** A manifest travels as a chunk, and may be larger than any chunk of a file. */
export const frameBytesMax = Math.max(chunkSizes.max, 8 + 36 * manifestChunksMax);

/** Bytes that are no frames, or frames cut short. */
export class InvalidFrames extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidFrames';
  }
}

export function encodeFrameHeader(hash: Hash, length: number | null): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderBytes);
  header.writeUInt32BE(length ?? absentLength, 0);
  header.write(hash, 4, 'hex');
  return header;
}

export interface FrameParser {
  /** Frames that are complete with these bytes. A frame may share memory with `data`. */
  push(data: Uint8Array): ChunkFrame[];
  /** Throws `InvalidFrames` when the stream ended inside a frame. */
  finish(): void;
}

/** Takes a body apart however the network cut it. Memory: one frame. Not checked here: that bytes match their hash. */
export function createFrameParser(bytesMax = frameBytesMax): FrameParser {
  const header = Buffer.allocUnsafe(frameHeaderBytes);
  let headerFilled = 0;
  let body: Buffer | null = null;
  let bodyFilled = 0;

  const takeHeader = (data: Buffer, at: number): number => {
    const taken = Math.min(frameHeaderBytes - headerFilled, data.length - at);
    data.copy(header, headerFilled, at, at + taken);
    headerFilled += taken;
    return at + taken;
  };
  const takeBody = (data: Buffer, at: number, length: number): { readonly at: number; readonly bytes: Buffer | null } => {
    if (body === null && data.length - at >= length) return { at: at + length, bytes: data.subarray(at, at + length) };
    body ??= Buffer.allocUnsafeSlow(length);
    const taken = Math.min(length - bodyFilled, data.length - at);
    data.copy(body, bodyFilled, at, at + taken);
    bodyFilled += taken;
    return { at: at + taken, bytes: bodyFilled === length ? body : null };
  };
  return {
    push: (chunk) => {
      const data = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      const frames: ChunkFrame[] = [];
      for (let at = 0; at < data.length || headerFilled === frameHeaderBytes; ) {
        if (headerFilled < frameHeaderBytes) {
          at = takeHeader(data, at);
          if (headerFilled < frameHeaderBytes) break;
        }
        const length = header.readUInt32BE(0);
        if (length !== absentLength && length > bytesMax) throw new InvalidFrames(`a frame of ${length} bytes`);
        const taken = length === absentLength ? { at, bytes: null } : takeBody(data, at, length);
        at = taken.at;
        if (taken.bytes === null && length !== absentLength) break;
        frames.push({ hash: header.toString('hex', 4) as Hash, bytes: taken.bytes });
        headerFilled = 0;
        body = null;
        bodyFilled = 0;
      }
      return frames;
    },
    finish: () => {
      if (headerFilled > 0) throw new InvalidFrames('the stream ended inside a frame');
    },
  };
}
