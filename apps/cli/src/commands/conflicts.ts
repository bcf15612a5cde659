import { pageItemsMax } from '@jzse/api';
import type { ConflictDetail, ConflictInfo, VersionInfo } from '@jzse/api/edge';
import type { EdgeClient } from '@jzse/client';
import { Command } from 'commander';
import { type Cli, globalsOf, print, printJson, printJsonArray } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { count, showName, showSize, showTime, table } from '../show.ts';
import { parseSpacePath, type SpacePath } from '../space-path.ts';

/** Lines of a table that are shown at a time. */
const linesMax = 1_000;

export const conflictsCommand = (cli: Cli): Command =>
  new Command('conflicts')
    .description(
      'List the files that were changed at two places at once; with a file: the versions, how they differ, and why it came to this',
    )
    .argument('[place]', 'space, space:/folder or space:/file; all spaces without it')
    .action(async (text: string | undefined, _options, command: Command) => {
      const client = await connectEdge(cli, command);
      const { json } = globalsOf(command);
      const places = text === undefined ? await everySpace(client) : [parsePlace(text)];
      const [place] = places;
      if (places.length === 1 && place !== undefined && (await isFile(client, place))) return showOne(cli, { client, place, json });
      const conflicts = allConflicts(client, places);
      if (json) return printJsonArray(cli, conflicts);
      return showList(cli, conflicts, places);
    });

/** `demo` is the top of a space, as `demo:` is. */
export const parsePlace = (text: string): SpacePath => parseSpacePath(text.includes(':') ? text : `${text}:`);

const everySpace = async (client: EdgeClient): Promise<SpacePath[]> =>
  (await client.trpc.listSpaces.query()).map((space) => parseSpacePath(`${space}:/`));

async function isFile(client: EdgeClient, { space, path }: SpacePath): Promise<boolean> {
  return path !== '/' && (await client.trpc.stat.query({ space, path })).kind === 'file';
}

type ConflictInSpace = ConflictInfo & { readonly space: string };

async function* allConflicts(client: EdgeClient, places: readonly SpacePath[]): AsyncGenerator<ConflictInSpace> {
  for (const { space, path } of places) {
    let after: string | null = null;
    do {
      const page: { readonly conflicts: readonly ConflictInfo[]; readonly next: string | null } = await client.trpc.listConflicts.query({
        space,
        path,
        after,
        limit: pageItemsMax,
      });
      for (const conflict of page.conflicts) yield { space, ...conflict };
      after = page.next;
    } while (after !== null);
  }
}

async function showList(cli: Cli, conflicts: AsyncIterable<ConflictInSpace>, places: readonly SpacePath[]): Promise<void> {
  let shown = 0;
  let lines: ConflictInSpace[] = [];
  const flush = (): void => {
    if (lines.length > 0) print(cli, listing(lines));
    lines = [];
  };
  for await (const conflict of conflicts) {
    shown++;
    lines.push(conflict);
    if (lines.length === linesMax) flush();
  }
  flush();
  const where = places.map(({ space, path }) => `${space}:${path}`).join(', ');
  if (shown === 0) print(cli, `No conflicts in ${where}.\n`);
  else print(cli, `${count(shown, 'conflict')}. Look at one with "jzse conflicts PLACE"; end them with "jzse resolve".\n`);
}

function listing(conflicts: readonly ConflictInSpace[]): string {
  const nowMs = Date.now();
  return table(conflicts, [
    { title: 'place', value: ({ space, path }) => showName(`${space}:${path}`) },
    {
      title: 'shown',
      value: ({ versions }) =>
        versions
          .slice(0, 1)
          .map((version) => brief(version, nowMs))
          .join(''),
    },
    {
      title: 'others',
      value: ({ versions }) =>
        versions
          .slice(1)
          .map((version) => brief(version, nowMs))
          .join('; '),
    },
    { title: 'merge', value: mergeTold },
  ]);
}

const brief = ({ author, modifiedMs }: VersionInfo, nowMs: number): string =>
  `${showName(author.user)} in ${author.region}, ${showTime(modifiedMs, nowMs)}`;

function mergeTold({ merge: { strategy, state, reason } }: ConflictInfo): string {
  if (strategy === 'lww') return '';
  if (state === 'waiting') return `${strategy}, waits`;
  return state === 'failed' ? showName(`${strategy}, failed: ${reason ?? ''}`) : strategy;
}

interface One {
  readonly client: EdgeClient;
  readonly place: SpacePath;
  readonly json: boolean;
}

async function showOne(cli: Cli, { client, place, json }: One): Promise<void> {
  const { space, path } = place;
  const conflict = await client.trpc.conflict.query({ space, path });
  if (json) return printJson(cli, { space, ...conflict });
  print(cli, detail(`${space}:${path}`, conflict));
}

function detail(place: string, conflict: ConflictDetail): string {
  const nowMs = Date.now();
  const rows = [...conflict.versions, ...(conflict.base === null ? [] : [conflict.base])];
  const merge = mergeTold(conflict);
  const parts = [
    `${showName(place)}: ${count(conflict.versions.length, 'version')} in conflict\n${showName(conflict.reason)}\n`,
    table(rows, [
      { title: '', value: (version) => (version === conflict.base ? 'base' : version.current ? 'shown' : 'other') },
      { title: 'version', value: ({ version }) => version },
      { title: 'size', right: true, value: ({ size }) => showSize(size) },
      { title: 'changed', value: ({ modifiedMs }) => showTime(modifiedMs, nowMs) },
      { title: 'region', value: ({ author }) => author.region },
      { title: 'by', value: ({ author }) => showName(author.user) },
      { title: 'device', value: ({ author }) => showName(author.device) },
      { title: '', value: ({ held }) => (held ? '' : '(content not here yet)') },
    ]),
    ...(merge === '' ? [] : [`Merge: ${merge}\n`]),
    ...conflict.differences.map(({ left, right, unified }) =>
      unified === '' ? `${left} and ${right} cannot be compared as text here.\n` : unified.split('\n').map(showName).join('\n'),
    ),
    ways(showName(place), conflict),
  ];
  return parts.join('\n');
}

/** What the person can do, by what comes of it. */
function ways(place: string, { versions }: ConflictDetail): string {
  const lines = [
    ...versions.map(
      ({ version, author }) =>
        `  jzse resolve ${place} --version ${version}   show the version of ${showName(author.user)} in ${author.region}`,
    ),
    `  jzse resolve ${place} --keep-both   put the others beside it as files`,
    `  jzse resolve ${place} --merge text   merge them (also json, lines)`,
    `  jzse resolve ${place} --content FILE   show a merged file of your own`,
  ];
  return `To end it (every version stays in the history):\n${lines.join('\n')}\n`;
}
