import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { JzseError } from '@jzse/api';
import type { EdgeClient } from '@jzse/client';
import { type FileToPut, type PutFailure, type PutProgress, putFiles } from '@jzse/client/node';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { exitCodeOf, UsageError } from '../exit-codes.ts';
import { type LocalWalk, walkLocal } from '../local-files.ts';
import { messageOf } from '../message-of.ts';
import { startProgress } from '../progress.ts';
import { count, showDuration, showSize } from '../show.ts';
import { parseSpacePath, type SpacePath, within } from '../space-path.ts';
import { isFolder } from './mv.ts';

const options = z.object({ ifAbsent: z.boolean().default(false), ifMatch: z.string().optional() });
type Conditions = z.infer<typeof options>;

/** Failures told one by one; the rest is counted. */
const failuresShownMax = 20;

export const putCommand = (cli: Cli): Command =>
  new Command('put')
    .summary('Put files and folders into a space; only what the region lacks is sent')
    .description(
      'Put local files and folders into a space; only what the region lacks is sent.\n\n' +
        'One folder: what is in it goes to the place. A file: to the place, or into it if that is a folder or ends in a slash. Several things: into the place. With a slash at its end the place is always the folder to put into.',
    )
    .usage('[options] <file|folder|->... <space:/path>')
    .argument('<paths...>', 'local files and folders, "-" for standard input, and last the place in the space')
    .option('--if-absent', 'replace nothing')
    .option('--if-match <version>', 'replace only this version')
    .action(async (paths: string[], _options, command: Command) => {
      const target = parseSpacePath(paths.at(-1) ?? '');
      const sources = paths.slice(0, -1);
      if (sources.length === 0) throw new UsageError('put needs something to put and, last, where to put it');
      const conditions = optionsOf(command, options);
      const client = await connectEdge(cli, command);
      const json = globalsOf(command).json;
      if (sources.includes('-')) return putStandardInput(cli, { client, sources, target, conditions, json });
      const plan = await planPut(cli, { client, sources, target });
      await putPlan(cli, { ...plan, client, space: target.space, conditions, json });
    });

interface Sources {
  readonly client: EdgeClient;
  readonly sources: readonly string[];
  readonly target: SpacePath;
}

async function planPut(cli: Cli, { client, sources, target }: Sources): Promise<{ readonly walks: readonly LocalWalk[] }> {
  const found = [];
  for (const source of sources) {
    const local = resolve(cli.workingFolder, source);
    found.push({ local, isFolder: (await stat(local)).isDirectory() });
  }
  const [only] = found;
  if (found.length === 1 && only?.isFolder === true) {
    return {
      walks: [walkLocal(only.local, target.inside && target.path !== '/' ? within(target.path, basename(only.local)) : target.path)],
    };
  }
  const into = found.length > 1 || (await isFolder(client, target));
  const placeOf = (local: string) => (into ? within(target.path, basename(local)) : target.path);
  return {
    walks: found.map((source) =>
      source.isFolder ? walkLocal(source.local, placeOf(source.local)) : oneFile(source.local, placeOf(source.local)),
    ),
  };
}

function oneFile(source: string, path: string): LocalWalk {
  async function* files() {
    yield { source, path, size: (await stat(source)).size };
  }
  return { files: files(), emptyFolders: [], skipped: [] };
}

interface PutPlan {
  readonly client: EdgeClient;
  readonly space: string;
  readonly walks: readonly LocalWalk[];
  readonly conditions: Conditions;
  readonly json: boolean;
}

async function putPlan(cli: Cli, plan: PutPlan): Promise<void> {
  const startedMs = performance.now();
  const { client, space, walks, conditions, json } = plan;
  const progress = startProgress(cli, { quiet: json });
  const failures: PutFailure[] = [];
  let totalBytes = 0;
  async function* files(): AsyncGenerator<FileToPut> {
    for (const walk of walks) {
      for await (const { size, ...file } of walk.files) {
        totalBytes += size;
        const { ifAbsent, ifMatch } = conditions;
        yield { ...file, ifAbsent, ...(ifMatch === undefined ? {} : { ifMatch }) };
      }
    }
  }
  try {
    const result = await putFiles(client, {
      space,
      files: files(),
      signal: cli.signal,
      onProgress: (now) =>
        progress.update(Math.min(now.heldBytes, totalBytes), totalBytes, `${count(now.files, 'file')}, ${showSize(now.sentBytes)} sent`),
      onFailed: (failure) => {
        if (failures.length < failuresShownMax) failures.push(failure);
      },
    });
    for (const path of walks.flatMap(({ emptyFolders }) => emptyFolders)) await client.trpc.makeFolder.mutate({ space, path });
    progress.stop();
    report(cli, { result, failures, skipped: walks.flatMap(({ skipped }) => skipped), json, tookMs: performance.now() - startedMs });
  } finally {
    progress.stop();
  }
}

interface Outcome {
  readonly result: PutProgress & { readonly failed: number };
  readonly failures: readonly PutFailure[];
  readonly skipped: readonly string[];
  readonly json: boolean;
  readonly tookMs: number;
}

function report(cli: Cli, { result, failures, skipped, json, tookMs }: Outcome): void {
  const { files, bytes, sentBytes, failed } = result;
  const shown = failures.map(({ file, error }) => ({
    path: file.path,
    source: file.source,
    code: error instanceof JzseError ? error.code : 'failed',
    message: messageOf(error),
  }));
  if (json) printJson(cli, { files, bytes, sentBytes, failed, failures: shown, skipped, tookMs: Math.round(tookMs) });
  else {
    for (const source of skipped) cli.stderr.write(`jzse: ${source} is neither file nor folder, skipped\n`);
    for (const { source, message, code } of shown)
      cli.stderr.write(code === 'failed' ? `jzse: ${message}\n` : `jzse: ${source}: ${message} (${code})\n`);
    if (failed > shown.length) cli.stderr.write(`jzse: and ${count(failed - shown.length, 'more failure')}\n`);
    const what = `${count(files, 'file')}, ${showSize(bytes)}, ${showSize(sentBytes)} sent, ${showDuration(tookMs)}`;
    print(cli, `${what}${failed > 0 ? `; ${count(failed, 'file')} failed` : ''}\n`);
  }
  const [first] = failures;
  if (first !== undefined) cli.exitCode = failed === 1 ? exitCodeOf(first.error) : 1;
}

async function putStandardInput(cli: Cli, put: Sources & { readonly conditions: Conditions; readonly json: boolean }): Promise<void> {
  const { client, sources, target, conditions, json } = put;
  if (sources.length > 1) throw new UsageError('standard input is put alone');
  if (target.inside) throw new UsageError('standard input has no name; write the whole path of the file to make');
  const body = Readable.toWeb(Readable.from(cli.stdin)) as ReadableStream<Uint8Array>;
  const { ifAbsent, ifMatch } = conditions;
  const done = await client.files.put(target, body, { ifAbsent, ...(ifMatch === undefined ? {} : { ifMatch }), signal: cli.signal });
  if (json) printJson(cli, { ...done, space: target.space, path: target.path });
}
