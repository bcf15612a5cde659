import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type RevisedPolicy, spacePolicySchema } from '@jzse/api';
import { Command } from 'commander';
import { type Cli, globalsOf, print, printJson } from '../../cli.ts';
import { UsageError } from '../../exit-codes.ts';
import { connectHub } from './connect-hub.ts';

export const policyCommand = (cli: Cli): Command =>
  new Command('policy')
    .description('How conflicts are merged, how long versions are kept, when a door closes')
    .addCommand(
      new Command('get')
        .description('Print the policy of a space as JSON')
        .argument('<space>')
        .action(async (space: string, _options, command: Command) => {
          show(cli, command, await (await connectHub(cli, command)).trpc.policy.query({ space }));
        }),
    )
    .addCommand(
      new Command('set')
        .description('Replace the policy of a space; what the JSON leaves out is the default')
        .argument('<space>')
        .argument('[file]', 'JSON file (default: standard input)')
        .action(async (...called: readonly [string, string | undefined, object, Command]) => {
          const [space, file, , command] = called;
          const policy = parsePolicy(file === undefined ? await text(cli.stdin) : await readFile(resolve(cli.workingFolder, file), 'utf8'));
          show(cli, command, await (await connectHub(cli, command)).trpc.setPolicy.mutate({ space, policy }));
        }),
    );

function parsePolicy(json: string): RevisedPolicy['policy'] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new UsageError('the policy is not JSON');
  }
  const parsed = spacePolicySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`the policy is not valid: ${issue?.path.join('.')}: ${issue?.message}`);
}

function show(cli: Cli, command: Command, revised: RevisedPolicy): void {
  if (globalsOf(command).json) printJson(cli, revised);
  else print(cli, `${JSON.stringify(revised.policy, null, 2)}\n`);
}
