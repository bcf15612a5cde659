import { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { auditCommand } from './audit.ts';
import { backupDoneCommand } from './backup-done.ts';
import { doorsCommand } from './doors.ts';
import { eventsCommand } from './events.ts';
import { groupsCommand } from './groups.ts';
import { membersCommand } from './members.ts';
import { placementCommand } from './placement.ts';
import { policyCommand } from './policy.ts';
import { rebuildHubCommand } from './rebuild-hub.ts';
import { fleetCommand } from './regions.ts';
import { tokensCommand } from './tokens.ts';
import { usersCommand } from './users.ts';

export const adminCommand = (cli: Cli): Command =>
  new Command('admin')
    .description('For operators: people, regions and placements, rebuild a hub, policies, events, doors')
    .addCommand(rebuildHubCommand(cli))
    .addCommand(backupDoneCommand(cli))
    .addCommand(policyCommand(cli))
    .addCommand(eventsCommand(cli))
    .addCommand(auditCommand(cli))
    .addCommand(doorsCommand(cli))
    .addCommand(fleetCommand(cli))
    .addCommand(placementCommand(cli))
    .addCommand(usersCommand(cli))
    .addCommand(groupsCommand(cli))
    .addCommand(membersCommand(cli))
    .addCommand(tokensCommand(cli));
