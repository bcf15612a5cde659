import { pageItemsMax } from '@jzse/api';
import type { PathDifference, VersionInfo } from '@jzse/api/edge';
import type { EdgeClient } from '@jzse/client';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson, printJsonArray } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { UsageError } from '../exit-codes.ts';
import { parseMoment } from '../moment.ts';
import { count, showName, showSize, showTime, table } from '../show.ts';
import { parseSpacePath, type SpacePath } from '../space-path.ts';
import { parsePlace } from './conflicts.ts';

const options = z.object({ diff: z.array(z.string()).optional() });

export const historyCommand = (cli: Cli): Command =>
  new Command('history')
    .description(
      'List the versions of a file; get and cat take one with --at. With --diff: what differs below a folder between two moments, or between what two regions saw then',
    )
    .argument('[place...]', 'space:/path')
    .option('--diff <times...>', 'two times, as 2026-11-25T06:40:00Z, "10m ago" or now; region@time is what that region saw')
    .action(async (texts: string[], _options, command: Command) => {
      const { diff } = optionsOf(command, options);
      if (diff === undefined) return showVersions(cli, command, texts);
      return showDifference(cli, command, [...diff, ...texts]);
    });

async function showVersions(cli: Cli, command: Command, texts: readonly string[]): Promise<void> {
  const [text, more] = texts;
  if (text === undefined || more !== undefined) throw new UsageError('name one file');
  const place = parseSpacePath(text);
  const client = await connectEdge(cli, command);
  const versions = versionsOf(client, place);
  if (globalsOf(command).json) return printJsonArray(cli, versions);
  const nowMs = Date.now();
  print(
    cli,
    table(await Array.fromAsync(versions), [
      { title: 'version', value: ({ version }) => version },
      { title: 'size', right: true, value: ({ size }) => showSize(size) },
      { title: 'changed', value: ({ modifiedMs }) => showTime(modifiedMs, nowMs) },
      { title: 'region', value: ({ author }) => author.region },
      { title: 'by', value: ({ author }) => showName(author.user) },
      { title: 'made from', value: ({ parents }) => parents.join(' ') },
      { title: '', value: ({ current, held }) => [current ? 'current' : '', held ? '' : '(content not here)'].join(' ').trim() },
    ]),
  );
}

async function* versionsOf(client: EdgeClient, { space, path }: SpacePath): AsyncGenerator<VersionInfo> {
  let after: string | null = null;
  do {
    const page: { readonly versions: readonly VersionInfo[]; readonly next: string | null } = await client.trpc.history.query({
      space,
      path,
      after,
      limit: pageItemsMax,
    });
    yield* page.versions;
    after = page.next;
  } while (after !== null);
}

/** Two moments and a place, however they were taken apart. */
async function showDifference(cli: Cli, command: Command, words: readonly string[]): Promise<void> {
  const [left, right, text, more] = words;
  if (left === undefined || right === undefined || text === undefined || more !== undefined)
    throw new UsageError('name two times and one place: jzse history --diff "10m ago" now demo:/plans');
  const nowMs = Date.now();
  const moments = { left: parseMoment(left, nowMs), right: parseMoment(right, nowMs) };
  const { space, path } = parsePlace(text);
  const client = await connectEdge(cli, command);
  const found = await client.trpc.difference.query({ space, path, ...moments });
  if (globalsOf(command).json) return printJson(cli, found);
  for (const difference of found.differences) print(cli, `${lineOf(difference)}\n`);
  const told = `${count(found.differences.length, 'difference')}${found.more ? ', and more: name a folder further down' : ''}`;
  print(cli, `${told} between ${left} and ${right}.\n`);
}

/** As `diff` marks it: what is on the left only is gone, what is on the right only is new. */
function lineOf({ path, what, left, right }: PathDifference): string {
  const shown = showName(`${path}${(left ?? right)?.kind === 'folder' ? '/' : ''}`);
  if (what === 'only-left') return `- ${shown}  ${left?.version ?? ''}`.trimEnd();
  if (what === 'only-right') return `+ ${shown}  ${right?.version ?? ''}`.trimEnd();
  return `~ ${shown}  ${left?.version ?? ''} -> ${right?.version ?? ''}`;
}
