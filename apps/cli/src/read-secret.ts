import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Cli } from './cli.ts';
import { UsageError } from './exit-codes.ts';

/** A line that nobody sees: typed without an echo, or from a pipe. `variable` of the environment speaks first. */
export async function readSecret(cli: Cli, prompt: string, variable: string): Promise<string> {
  const given = cli.env[variable];
  if (given !== undefined && given !== '') return given;
  const isTerminal = 'isTTY' in cli.stdin && cli.stdin.isTTY === true;
  if (isTerminal) cli.stderr.write(prompt);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: cli.stdin, output: nowhere, terminal: isTerminal });
  try {
    for await (const line of lines) return line;
  } finally {
    lines.close();
    if (isTerminal) cli.stderr.write('\n');
  }
  throw new UsageError(`type it, pipe it in, or set ${variable}`);
}
