import { Command } from 'commander';
import { type Cli, globalsOf, print, printJson } from '../../cli.ts';
import { table } from '../../show.ts';
import { connectHub } from './connect-hub.ts';

export const groupsCommand = (cli: Cli): Command =>
  new Command('groups')
    .description('Groups of people, to share with all of them at once')
    .addCommand(
      new Command('list').description('All groups').action(async (_options, command: Command) => {
        const groups = await (await connectHub(cli, command)).trpc.people.groups.query();
        if (globalsOf(command).json) return printJson(cli, groups);
        const columns = [
          { title: 'group', value: ({ group }: { readonly group: string }) => group },
          { title: 'people', value: ({ members }: { readonly members: readonly string[] }) => members.join(' ') },
        ];
        print(cli, groups.length === 0 ? 'there are no groups\n' : table(groups, columns));
      }),
      { isDefault: true },
    )
    .addCommand(
      new Command('set')
        .description('Say who is in a group; it is made if it is new')
        .argument('<group>')
        .argument('[users...]')
        .action(async (...called: readonly [string, readonly string[], object, Command]) => {
          const [group, members, , command] = called;
          await (await connectHub(cli, command)).trpc.people.setGroup.mutate({ group, members: [...members] });
          if (globalsOf(command).json) printJson(cli, { group, members });
          else print(cli, `${group}: ${members.length === 0 ? 'nobody' : members.join(' ')}\n`);
        }),
    )
    .addCommand(
      new Command('remove')
        .description('Remove a group, and what was shared with it')
        .argument('<group>')
        .action(async (group: string, _options, command: Command) => {
          await (await connectHub(cli, command)).trpc.people.setGroup.mutate({ group, members: null });
          if (globalsOf(command).json) printJson(cli, { group, members: null });
          else print(cli, `${group} is gone\n`);
        }),
    );
