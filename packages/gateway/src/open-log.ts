import { writeSync } from 'node:fs';
import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import { redactLine } from './redact-line.ts';

const standardOutput = 1;
/** How long a full pipe may hold us up before a line is dropped. */
const fullPipeWaitMs = 10;
const fullPipeTriesMax = 100;
/** Shorter ones could be words. */
const secretCharactersMin = 8;

export interface LogOptions {
  readonly level: string;
  readonly base: Readonly<Record<string, unknown>>;
  /** What must not stand in a line in any form: the token that the operator chose. */
  readonly secrets?: readonly (string | null)[];
  /** Where lines go; standard output by default. */
  readonly destination?: DestinationStream;
}

/** JSON lines. What could be a secret is cut out of each as it is written. */
export function openLog({ level, base, secrets = [], destination = toStandardOutput() }: LogOptions): Logger {
  const literal = secrets.filter((secret) => secret !== null && secret.length >= secretCharactersMin) as readonly string[];
  return pino(
    { level, base, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line) => void destination.write(redactLine(line, literal)) },
  );
}

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
