import type { RegionStatus } from '@jzse/api/edge';
import { Command } from 'commander';
import { type Cli, globalsOf, print, printJson } from '../cli.ts';
import { edgeAt, hubOf, lookAround, type Surroundings } from '../connect.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { count, showDuration, showSize, showTime, table } from '../show.ts';

/** A server that says nothing for so long is shown as down. */
const answerMs = 3_000;

export const statusCommand = (cli: Cli): Command =>
  new Command('status')
    .description('Ask every region how it stands: lag behind the hub, outbox, transfers it waits for')
    .action(async (_options, command: Command) => {
      const around = await lookAround(cli, command);
      const [hub, regions] = await Promise.all([askHub(around), askRegions(around)]);
      if (regions.length === 0 && hub.url === null)
        throw new UsageError('no server is known. Start with "jzse up", or name one with --edge URL');
      if (globalsOf(command).json) printJson(cli, { hub, regions });
      else printStatus(cli, hub, regions);
      if (regions.every(({ status }) => status === null)) cli.exitCode = exitCodes.unreachable;
    });

interface HubAnswer {
  readonly url: string | null;
  readonly up: boolean;
  readonly error: string | null;
}
interface RegionAnswer {
  readonly id: string;
  readonly url: string;
  /** Null: it does not answer, and `error` says why. */
  readonly status: RegionStatus | null;
  readonly error: string | null;
}

async function askHub(around: Surroundings): Promise<HubAnswer> {
  const hub = hubOf(around);
  if (hub === null) return { url: null, up: false, error: 'not known' };
  try {
    await hub.trpc.status.query(undefined, { signal: AbortSignal.timeout(answerMs) });
    return { url: hub.connection.url, up: true, error: null };
  } catch (error) {
    return { url: hub.connection.url, up: false, error: (error as Error).message };
  }
}

async function askRegions(around: Surroundings): Promise<readonly RegionAnswer[]> {
  const known = await knownRegions(around);
  const { region } = around.globals;
  return Promise.all(known.filter(({ id }) => region === undefined || id === region).map((one) => askRegion(around, one)));
}

async function askRegion(around: Surroundings, { id, url }: { readonly id: string; readonly url: string }): Promise<RegionAnswer> {
  try {
    const status = await edgeAt(around, url).trpc.status.query(undefined, { signal: AbortSignal.timeout(answerMs) });
    return { id: status.region, url, status, error: null };
  } catch (error) {
    return { id, url, status: null, error: (error as Error).message };
  }
}

/** From the file of this machine, else from an edge, else from the hub: with any one of them away the others still tell. */
async function knownRegions(around: Surroundings): Promise<readonly { readonly id: string; readonly url: string }[]> {
  const { cluster, globals, edgeUrl } = around;
  if (globals.edge === undefined && globals.hub === undefined && cluster !== null) return cluster.regions;
  const signal = AbortSignal.timeout(answerMs);
  const asked =
    edgeUrl === null
      ? []
      : await edgeAt(around, edgeUrl)
          .trpc.regions.query(undefined, { signal })
          .catch(() => []);
  if (asked.length > 0) return asked;
  const fromHub =
    (await hubOf(around)
      ?.trpc.regions.query(undefined, { signal })
      .catch(() => [])) ?? [];
  if (fromHub.length > 0) return fromHub;
  return edgeUrl === null ? [] : [{ id: '?', url: edgeUrl }];
}

interface Line {
  readonly region: RegionAnswer;
  readonly space: RegionStatus['spaces'][number] | null;
}

function printStatus(cli: Cli, hub: HubAnswer, regions: readonly RegionAnswer[]): void {
  const nowMs = Date.now();
  print(cli, `hub ${hub.url ?? ''} ${hub.up ? 'is up' : `is down: ${hub.error}`}\n\n`);
  const lines = regions.flatMap((region): Line[] => {
    const spaces = region.status?.spaces ?? [];
    return spaces.length === 0 ? [{ region, space: null }] : spaces.map((space) => ({ region, space }));
  });
  print(
    cli,
    table(lines, [
      { title: 'region', value: ({ region }) => region.id },
      { title: 'state', value: ({ region }) => stateOf(region.status, nowMs) },
      { title: 'space', value: ({ space }) => space?.space ?? '-' },
      { title: 'lag', right: true, value: ({ space }) => lagOf(space) },
      { title: 'outbox', right: true, value: ({ space }) => outboxOf(space, nowMs) },
      { title: 'conflicts', right: true, value: ({ space }) => String(space?.conflicts ?? '-') },
      { title: 'transfers', right: true, value: ({ region }) => String(region.status?.pendingTransfers ?? '-') },
      { title: 'free', right: true, value: ({ region }) => (region.status === null ? '-' : showSize(region.status.diskFreeBytes)) },
      { title: 'url', value: ({ region }) => region.url },
    ]),
  );
  for (const { id, error } of regions) if (error !== null) print(cli, `\n${id}: ${error}\n`);
  for (const { id, status } of regions)
    for (const target of silentOf(status)) print(cli, `\n${id}: ${target} does not answer it; it is asked again now and then\n`);
  for (const { region, space } of lines) for (const trouble of troublesOf(space)) print(cli, `\n${region.id}: ${trouble}\n`);
}

/** Those whom the region has stopped asking. */
const silentOf = (status: RegionStatus | null): readonly string[] =>
  (status?.breakers ?? []).filter(({ state }) => state !== 'closed').map(({ target }) => target);

/** What somebody has to do something about, and what. */
function troublesOf(space: Line['space']): readonly string[] {
  if (space === null) return [];
  const { space: name, refusal, doorClosed, divergedSince } = space;
  const troubles: string[] = [];
  if (refusal !== null && refusal !== undefined)
    troubles.push(`${refusal}. If no region and no backup brings it back, run "jzse admin rebuild-hub ${name}"`);
  if (doorClosed) troubles.push(`too much of ${name} was changed at once, so nothing goes out; see "jzse admin doors"`);
  if (divergedSince !== null)
    troubles.push(`${name} differs from the hub since change ${divergedSince}; see "jzse verify ${name}", repair with --repair`);
  return troubles;
}

function stateOf(status: RegionStatus | null, nowMs: number): string {
  if (status === null) return 'down';
  return status.hub.reachable ? 'up' : `up, no hub (last ${showTime(status.hub.lastContactMs, nowMs)})`;
}

function lagOf(space: Line['space']): string {
  if (space === null) return '-';
  return space.lag === 0 ? 'none' : count(space.lag, 'change');
}

function outboxOf(space: Line['space'], nowMs: number): string {
  if (space === null) return '-';
  if (space.outbox === 0) return 'empty';
  return `${space.outbox}${space.oldestUnsentMs === null ? '' : ` since ${showDuration(Math.max(0, nowMs - space.oldestUnsentMs))}`}`;
}
