import type { ByteRange } from '../read/stream-chunks.ts';

/** A `multipart/byteranges` body (RFC 9110 section 14.6): its type, its length, and its bytes as they are read. */
export interface MultipartRanges {
  readonly contentType: string;
  readonly bytes: number;
  readonly body: AsyncGenerator<Uint8Array, void, undefined>;
}

export function multipartRanges(options: {
  readonly ranges: readonly ByteRange[];
  readonly size: number;
  readonly partType: string;
  /** Not in any part, by chance as good as certainty. */
  readonly boundary: string;
  readonly read: (range: ByteRange) => AsyncIterable<Uint8Array>;
}): MultipartRanges {
  const { ranges, size, partType, boundary } = options;
  const head = ({ start, end }: ByteRange): Buffer =>
    Buffer.from(`\r\n--${boundary}\r\nContent-Type: ${partType}\r\nContent-Range: bytes ${start}-${end - 1}/${size}\r\n\r\n`, 'latin1');
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1');
  async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
    for (const range of ranges) {
      yield head(range);
      yield* options.read(range);
    }
    yield tail;
  }
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    bytes: ranges.reduce((sum, range) => sum + head(range).length + range.end - range.start, tail.length),
    body: body(),
  };
}
