import { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { backupDoneCommand } from './backup-done.ts';
import { doorsCommand } from './doors.ts';
import { eventsCommand } from './events.ts';
import { placementCommand } from './placement.ts';
import { policyCommand } from './policy.ts';
import { rebuildHubCommand } from './rebuild-hub.ts';
import { fleetCommand } from './regions.ts';

export const adminCommand = (cli: Cli): Command =>
  new Command('admin')
    .description('For operators: regions and placements, rebuild a hub, policies, events, doors')
    .addCommand(rebuildHubCommand(cli))
    .addCommand(backupDoneCommand(cli))
    .addCommand(policyCommand(cli))
    .addCommand(eventsCommand(cli))
    .addCommand(doorsCommand(cli))
    .addCommand(fleetCommand(cli))
    .addCommand(placementCommand(cli));
