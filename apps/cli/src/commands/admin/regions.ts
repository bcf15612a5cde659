import type { FleetRegion } from '@jzse/api/hub';
import type { RegionId } from '@jzse/sync';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../../cli.ts';
import { showTime, table } from '../../show.ts';
import { connectHub } from './connect-hub.ts';

export const fleetCommand = (cli: Cli): Command =>
  new Command('regions')
    .description('Which regions take part, and how others reach them')
    .addCommand(listCommand(cli), { isDefault: true })
    .addCommand(addCommand(cli))
    .addCommand(revokeCommand(cli))
    .addCommand(urlCommand(cli));

const listCommand = (cli: Cli): Command =>
  new Command('list').description('The regions of the fleet').action(async (_options, command: Command) => {
    const regions = await (await connectHub(cli, command)).trpc.fleet.regions.query();
    if (globalsOf(command).json) printJson(cli, regions);
    else print(cli, regions.length === 0 ? 'no region takes part; add one with "jzse admin regions add"\n' : tableOf(regions));
  });

const addCommand = (cli: Cli): Command =>
  new Command('add')
    .description('Print a one-time token by which a region may enrol, also one that lost its key or was revoked')
    .argument('<region>', 'a short slug such as beijing')
    .option('--url <url>', 'how others reach it; nothing else is ever called (default: what it says when it enrols)')
    .action(async (region: string, _options, command: Command) => {
      const { url } = optionsOf(command, z.object({ url: z.string().optional() }));
      const hub = await connectHub(cli, command);
      const { token, expiresMs } = await hub.trpc.fleet.addRegion.mutate({ region: region as RegionId, url: url ?? null });
      if (globalsOf(command).json) return printJson(cli, { region, token, expiresMs });
      print(cli, `${token}\n`);
      cli.stderr.write(
        `Start the region with JZSE_ENROL_TOKEN set to this token ${showTime(expiresMs, Date.now())} at the latest. It works once, for ${region} only.\n`,
      );
    });

const revokeCommand = (cli: Cli): Command =>
  new Command('revoke')
    .description('Cut a region off from the hub and from all other regions, at once')
    .argument('<region>')
    .action(async (region: string, _options, command: Command) => {
      await (await connectHub(cli, command)).trpc.fleet.revokeRegion.mutate({ region: region as RegionId });
      if (globalsOf(command).json) printJson(cli, { region, revoked: true });
      else print(cli, `${region} is cut off; it comes back only with a new token\n`);
    });

const urlCommand = (cli: Cli): Command =>
  new Command('url')
    .description('Approve the address at which others reach a region')
    .argument('<region>')
    .argument('<url>')
    .action(async (...called: readonly [string, string, object, Command]) => {
      const [region, url, , command] = called;
      await (await connectHub(cli, command)).trpc.fleet.approveUrl.mutate({ region: region as RegionId, url });
      if (globalsOf(command).json) printJson(cli, { region, url });
      else print(cli, `${region} is reached at ${url} from now on\n`);
    });

function tableOf(regions: readonly FleetRegion[]): string {
  const nowMs = Date.now();
  return table(regions, [
    { title: 'region', value: ({ region }) => region },
    { title: 'enrolled', value: ({ enrolledMs }) => showTime(enrolledMs, nowMs) },
    { title: 'token', value: ({ tokenExpiresMs }) => (tokenExpiresMs === null ? '-' : `ends ${showTime(tokenExpiresMs, nowMs)}`) },
    { title: 'url', value: ({ url }) => url ?? '-' },
  ]);
}
