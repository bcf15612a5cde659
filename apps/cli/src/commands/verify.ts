import type { RegionVerification, Verification } from '@jzse/api';
import type { EdgeClient } from '@jzse/client';
import { pause } from '@jzse/client';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../cli.ts';
import { connectEdge, edgeAt, lookAround } from '../connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { count, showName, table } from '../show.ts';

const optionsSchema = z.object({ deep: z.boolean().default(false), repair: z.boolean().default(false) });
/** Paths that are shown of a region; `--json` names all that were found. */
const pathsShownMax = 20;
const repairedTriesMax = 10;
const betweenTriesMs = 500;

export const verifyCommand = (cli: Cli): Command =>
  new Command('verify')
    .description('Compare every region with the hub: one digest a space, and where it differs the first paths. Not equal: exit code 1')
    .argument('[space]', 'all spaces without it')
    .option('--deep', 'have every region compute its digest anew from all it has stored')
    .option('--repair', 'have regions that differ take the state of the hub (their own unsent changes stay)')
    .action(async (space: string | undefined, _options, command: Command) => {
      const { deep, repair } = optionsOf(command, optionsSchema);
      const client = await connectEdge(cli, command);
      const spaces = space === undefined ? await client.trpc.listSpaces.query() : [space];
      const verifications: Verification[] = [];
      for (const one of spaces) {
        const first = await client.trpc.verify.mutate({ space: one, deep });
        const repaired = repair && (await repairDiverged(cli, command, first));
        verifications.push(repaired ? await verifyRepaired(cli, client, { space: one, deep }) : first);
      }
      if (globalsOf(command).json) printJson(cli, space === undefined ? verifications : verifications[0]);
      else for (const verification of verifications) printVerification(cli, verification);
      if (verifications.some(({ equal }) => !equal)) cli.exitCode = exitCodes.failed;
    });

/** A region that took the hub's state finds that they agree with the next thing that it hears of the hub. */
async function verifyRepaired(
  cli: Cli,
  client: EdgeClient,
  request: { readonly space: string; readonly deep: boolean },
): Promise<Verification> {
  for (let tries = 1; ; tries++) {
    const verification = await client.trpc.verify.mutate(request);
    if (verification.equal || tries === repairedTriesMax) return verification;
    await pause(betweenTriesMs, cli.signal);
  }
}

/** True if some region took the hub's state. */
async function repairDiverged(cli: Cli, command: Command, { space, regions }: Verification): Promise<boolean> {
  const around = await lookAround(cli, command);
  const diverged = regions.filter(({ state }) => state === 'diverged').map(({ region }) => region);
  if (diverged.length === 0) return false;
  const urls = await urlsOf(await connectEdge(cli, command), around.cluster?.regions ?? []);
  for (const region of diverged) {
    const url = urls.get(region);
    if (url === undefined) throw new Error(`it is not known where ${region} is: name its edge with --edge URL`);
    await edgeAt(around, url).trpc.resync.mutate({ space });
  }
  return true;
}

type Place = { readonly id: string; readonly url: string };

/** As the hub says; of servers on this machine as `jzse up` wrote. */
async function urlsOf(client: EdgeClient, here: readonly Place[]): Promise<ReadonlyMap<string, string>> {
  const regions: readonly Place[] = await client.trpc.regions.query();
  return new Map([...regions, ...here].map(({ id, url }) => [id, url]));
}

function printVerification(cli: Cli, { space, position, digest, equal, regions }: Verification): void {
  const verdict = equal ? 'all regions are equal' : 'not all regions are equal';
  print(cli, `${space}: ${verdict} at change ${position.sequence}, epoch ${position.epoch}; digest ${digest.slice(0, 16)}\n`);
  print(
    cli,
    table(regions, [
      { title: 'region', value: ({ region }) => region },
      { title: 'state', value: stateOf },
      { title: 'change', right: true, value: ({ position: at }) => String(at?.sequence ?? '-') },
      { title: 'digest', value: (region) => region.digest?.slice(0, 16) ?? '-' },
    ]),
  );
  for (const region of regions) printPaths(cli, region);
}

function stateOf({ state, divergence }: RegionVerification): string {
  return state === 'diverged' && divergence !== null ? `diverged since change ${divergence.since.sequence}` : state;
}

function printPaths(cli: Cli, { region, divergence }: RegionVerification): void {
  if (divergence === null) return;
  const { paths } = divergence;
  if (paths.length === 0) return print(cli, `${region} differs; where is not known yet, ask again in a moment\n`);
  print(cli, `${region} differs in ${count(paths.length, 'place')}:\n`);
  for (const path of paths.slice(0, pathsShownMax)) print(cli, `  ${showName(path)}\n`);
  if (paths.length > pathsShownMax) print(cli, `  and ${paths.length - pathsShownMax} more\n`);
}
