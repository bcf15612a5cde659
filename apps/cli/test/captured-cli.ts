import { PassThrough, Readable } from 'node:stream';
import type { Cli } from '../src/cli.ts';

export interface CapturedCli extends Cli {
  readonly out: () => string;
  readonly err: () => string;
  readonly abort: AbortController;
}

/** The command's outside, kept for a test to look at. */
export function captureCli(workingFolder: string, env: Record<string, string> = {}, input = ''): CapturedCli {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const text = { out: '', err: '' };
  stdout.on('data', (data: Buffer) => (text.out += data.toString()));
  stderr.on('data', (data: Buffer) => (text.err += data.toString()));
  const abort = new AbortController();
  return {
    stdout,
    stderr,
    stdin: Readable.from([input]),
    env,
    workingFolder,
    signal: abort.signal,
    abort,
    exitCode: 0,
    out: () => text.out,
    err: () => text.err,
  };
}
