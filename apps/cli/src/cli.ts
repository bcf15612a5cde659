import { once } from 'node:events';
import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from './exit-codes.ts';

/** The outside of the command, so that it can be run inside a test. */
export interface Cli {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stdin: NodeJS.ReadableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Set for a command that ends well for some of its work only. */
  exitCode: number;
}

const globalsSchema = z.object({
  json: z.boolean().default(false),
  verbose: z.boolean().default(false),
  region: z.string().optional(),
  edge: z.string().optional(),
  hub: z.string().optional(),
  token: z.string().optional(),
  data: z.string().optional(),
});
export type Globals = z.infer<typeof globalsSchema>;

export const globalsOf = (command: Command): Globals => globalsSchema.parse(command.optsWithGlobals());

/** Options of one command, by its schema. */
export function optionsOf<T>(command: Command, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(command.opts());
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`--${issue?.path.join('.')}: ${issue?.message}`);
}

export function print(cli: Cli, text: string): void {
  cli.stdout.write(text);
}

export const printJson = (cli: Cli, value: unknown): void => print(cli, `${JSON.stringify(value)}\n`);

/** One JSON array, item by item: memory does not grow with it. */
export async function printJsonArray(cli: Cli, items: AsyncIterable<unknown>): Promise<void> {
  let before = '[';
  for await (const item of items) {
    if (!cli.stdout.write(before + JSON.stringify(item))) await once(cli.stdout, 'drain');
    before = ',\n';
  }
  print(cli, before === '[' ? '[]\n' : ']\n');
}
