import type { Placement } from '@jzse/api/hub';
import type { RegionId, SpaceId } from '@jzse/sync';
import { Command } from 'commander';
import { type Cli, globalsOf, print, printJson } from '../../cli.ts';
import { UsageError } from '../../exit-codes.ts';
import { table } from '../../show.ts';
import { connectHub } from './connect-hub.ts';

const placements = ['full', 'cache', 'none'] as const satisfies readonly Placement[];

export const placementCommand = (cli: Cli): Command =>
  new Command('placement')
    .description('In which regions a space is. With a region and a placement: full, cache, or none (the region never sees the space)')
    .argument('<space>')
    .argument('[region]')
    .argument('[placement]', placements.join(', '))
    .action(async (...called: readonly [string, string | undefined, string | undefined, object, Command]) => {
      const [space, region, wanted, , command] = called;
      const fleet = (await connectHub(cli, command)).trpc.fleet;
      if (region !== undefined) {
        const placement = placements.find((each) => each === wanted);
        if (placement === undefined) throw new UsageError(`say how ${space} is placed in ${region}: ${placements.join(', ')}`);
        await fleet.setPlacement.mutate({ space: space as SpaceId, region: region as RegionId, placement });
      }
      const rows = await fleet.placements.query({ space: space as SpaceId });
      if (globalsOf(command).json) return printJson(cli, rows);
      const columns = [
        { title: 'region', value: (row: (typeof rows)[number]) => row.region },
        { title: 'placement', value: (row: (typeof rows)[number]) => row.placement },
      ];
      print(cli, rows.length === 0 ? 'no region takes part\n' : table(rows, columns));
    });
