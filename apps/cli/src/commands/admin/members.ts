import { roles, type Subject } from '@jzse/api';
import type { SpaceId } from '@jzse/sync';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../../cli.ts';
import { UsageError } from '../../exit-codes.ts';
import { table } from '../../show.ts';
import { connectHub } from './connect-hub.ts';

export const membersCommand = (cli: Cli): Command =>
  new Command('members')
    .description('Who may what in a space')
    .addCommand(
      new Command('list')
        .description('Members of a space')
        .argument('<space>')
        .action(async (space: string, _options, command: Command) => {
          const members = await (await connectHub(cli, command)).trpc.sharing.members.query({ space });
          if (globalsOf(command).json) return printJson(cli, members);
          const columns = [
            { title: 'member', value: ({ subject }: { readonly subject: Subject }) => nameOf(subject) },
            { title: 'role', value: ({ role }: { readonly role: string }) => role },
          ];
          print(cli, members.length === 0 ? 'nobody is a member\n' : table(members, columns));
        }),
    )
    .addCommand(setCommand(cli));

const setCommand = (cli: Cli): Command =>
  new Command('set')
    .description('Give a person, or a group, a role; an admin may take one too')
    .argument('<space>')
    .argument('<member>')
    .argument('<role>', `${roles.join(', ')}, or none`)
    .option('--group', 'the member is a group')
    .action(async (...called: readonly [string, string, string, object, Command]) => {
      const [space, name, wanted, , command] = called;
      const { group } = optionsOf(command, z.object({ group: z.boolean().default(false) }));
      const role = roles.find((one) => one === wanted) ?? null;
      if (role === null && wanted !== 'none') throw new UsageError(`"${wanted}" is no role: write ${roles.join(', ')} or none`);
      const subject: Subject = group ? { type: 'group', group: name } : { type: 'user', user: name };
      await (await connectHub(cli, command)).trpc.sharing.setMember.mutate({ space: space as SpaceId, subject, role });
      if (globalsOf(command).json) printJson(cli, { space, subject, role });
      else print(cli, `${nameOf(subject)} is ${role === null ? 'no member' : role} of ${space}\n`);
    });

const nameOf = (subject: Subject): string => (subject.type === 'user' ? subject.user : `group ${subject.group}`);
