import { writeSync } from 'node:fs';
import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';

const standardOutput = 1;
/** How long a full pipe may hold us up before a line is dropped. */
const fullPipeWaitMs = 10;
const fullPipeTriesMax = 100;

/** JSON lines on standard output. What could carry a secret is cut out wherever a field of that name stands. */
export const openLog = (options: { readonly level: string; readonly base: Readonly<Record<string, unknown>> }): Logger =>
  pino(
    {
      level: options.level,
      base: options.base,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: ['token', '*.token', 'authorization', '*.authorization', 'headers.cookie', '*.headers.cookie'], censor: '***' },
    },
    toStandardOutput(),
  );

/** The library's own destination writes a line for ever when the reader of the pipe is gone: a server whose supervisor was killed would never end. */
function toStandardOutput(): DestinationStream {
  let isGone = false;
  return {
    write: (line) => {
      let rest = Buffer.from(line);
      for (let tries = 0; !isGone && rest.length > 0 && tries < fullPipeTriesMax; tries++) {
        try {
          rest = rest.subarray(writeSync(standardOutput, rest));
        } catch (cause) {
          if (!isFull(cause)) isGone = true;
          else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fullPipeWaitMs);
        }
      }
    },
  };
}

const isFull = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === 'EAGAIN' || cause.code === 'EBUSY');
