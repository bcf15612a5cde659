import { errorCodes, JzseError } from '@jzse/api';
import { Command, CommanderError } from 'commander';
import type { Cli } from './cli.ts';
import { adminCommand } from './commands/admin/admin.ts';
import { catCommand } from './commands/cat.ts';
import { conflictsCommand } from './commands/conflicts.ts';
import { getCommand } from './commands/get.ts';
import { historyCommand } from './commands/history.ts';
import { loginCommand, logoutCommand, whoamiCommand } from './commands/login.ts';
import { lsCommand } from './commands/ls.ts';
import { mkdirCommand } from './commands/mkdir.ts';
import { mvCommand } from './commands/mv.ts';
import { putCommand } from './commands/put.ts';
import { regionsCommand } from './commands/regions.ts';
import { resolveCommand } from './commands/resolve.ts';
import { restoreCommand } from './commands/restore.ts';
import { rmCommand } from './commands/rm.ts';
import { edgeCommand, hubCommand } from './commands/run-server.ts';
import { spacesCommand } from './commands/spaces.ts';
import { statusCommand } from './commands/status.ts';
import { treeCommand } from './commands/tree.ts';
import { upCommand } from './commands/up.ts';
import { verifyCommand } from './commands/verify.ts';
import { exitCodeOf, exitCodes, exitCodesHelp, UsageError } from './exit-codes.ts';
import { messageOf } from './message-of.ts';
import { readSession } from './session-file.ts';

/** Runs one command line; resolves with the exit code. Errors are told on stderr, in one line. */
export async function runCommand(args: readonly string[], cli: Cli): Promise<number> {
  const program = createProgram(cli);
  try {
    // Behind a command, --version is that command's own.
    await program.parseAsync(args[0] === '--version' ? ['-V'] : args, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const { json = false, verbose = false } = program.opts<{ json?: boolean; verbose?: boolean }>();
    cli.stderr.write(json ? errorAsJson(error) : errorAsLine(error, verbose) + (await whoIsRefused(error, cli, program)));
    return exitCodeOf(error);
  }
}

function createProgram(cli: Cli): Command {
  const program = new Command('jzse')
    .description('Files in several regions. Places are written space:/path, for instance demo:/plans/report.pdf; demo: is the top.')
    .version('0.1.0', '-V', 'print the version of jzse (also --version, alone)')
    .option('--json', 'print JSON, for programs')
    .option('--region <id>', 'speak to the edge of this region')
    .option('--edge <url>', 'speak to this edge (environment: JZSE_EDGE_URL)')
    .option('--hub <url>', 'where the hub is (environment: JZSE_HUB_URL)')
    .option('--token <token>', 'bearer token (environment: JZSE_TOKEN, which other users of this machine cannot see)')
    .option('--data <folder>', 'data folder of "jzse up", which knows servers and token (default: the nearest .jzse)')
    .option('--verbose', 'tell more: stack traces of errors, raw logs of servers')
    .addHelpText('after', exitCodesHelp);
  program.exitOverride().configureOutput({
    writeOut: (text) => cli.stdout.write(text),
    writeErr: (text) => cli.stderr.write(text),
  });
  const commands = [
    upCommand,
    loginCommand,
    logoutCommand,
    whoamiCommand,
    spacesCommand,
    lsCommand,
    treeCommand,
    putCommand,
    getCommand,
    catCommand,
    mkdirCommand,
    mvCommand,
    rmCommand,
    historyCommand,
    restoreCommand,
    conflictsCommand,
    resolveCommand,
    regionsCommand,
    statusCommand,
    verifyCommand,
    adminCommand,
    hubCommand,
    edgeCommand,
  ];
  for (const create of commands) program.addCommand(inheritOutput(create(cli), program));
  return program;
}

/** Commands that were made apart know neither where to write nor that errors are ours to tell. */
function inheritOutput(command: Command, program: Command): Command {
  command.copyInheritedSettings(program);
  for (const child of command.commands) inheritOutput(child, program);
  return command;
}

function errorAsLine(error: unknown, verbose: boolean): string {
  if (verbose && error instanceof Error) return `jzse: ${error.stack}${causes(error)}\n`;
  const code = error instanceof JzseError ? ` (${error.code})` : '';
  const hint = error instanceof UsageError ? '. See jzse --help' : '';
  return `jzse: ${messageOf(error).replaceAll('\n', ' ')}${code}${hint}\n`;
}

/** Somebody who signed in goes before the token of the data folder, which is easily forgotten. */
async function whoIsRefused(error: unknown, cli: Cli, program: Command): Promise<string> {
  const isTokenGiven = program.opts<{ token?: string }>().token !== undefined || cli.env['JZSE_TOKEN'] !== undefined;
  if (isTokenGiven || !(error instanceof JzseError) || error.code !== 'forbidden') return '';
  const session = await readSession(cli.env);
  return session === null ? '' : `jzse: you are signed in as ${session.user}; "jzse logout" ends that, --token goes before it\n`;
}

function causes(error: Error): string {
  return error.cause instanceof Error ? `\ncaused by ${error.cause.stack}${causes(error.cause)}` : '';
}

function errorAsJson(error: unknown): string {
  const message = messageOf(error);
  const coded = error instanceof JzseError ? { code: error.code, retryable: errorCodes[error.code].retryable, detail: error.detail } : {};
  const code = error instanceof UsageError ? 'usage' : 'failed';
  return `${JSON.stringify({ error: { code, retryable: false, message, ...coded } })}\n`;
}
