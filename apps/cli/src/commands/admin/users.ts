import type { UserInfo } from '@jzse/api/hub';
import type { HubClient } from '@jzse/client';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, print, printJson } from '../../cli.ts';
import { readSecret } from '../../read-secret.ts';
import { table } from '../../show.ts';
import { connectHub } from './connect-hub.ts';

const pageUsers = 500;

export const usersCommand = (cli: Cli): Command =>
  new Command('users')
    .description('Who may sign in')
    .addCommand(listCommand(cli), { isDefault: true })
    .addCommand(addCommand(cli))
    .addCommand(passwordCommand(cli))
    .addCommand(
      changeCommand(cli, {
        name: 'disable',
        about: 'End all sessions of a person, and let nobody in by that name',
        change: { isDisabled: true },
      }),
    )
    .addCommand(changeCommand(cli, { name: 'enable', about: 'Let a person in again', change: { isDisabled: false } }))
    .addCommand(changeCommand(cli, { name: 'promote', about: 'Make a person an admin', change: { isAdmin: true } }))
    .addCommand(changeCommand(cli, { name: 'demote', about: 'An admin is one no more', change: { isAdmin: false } }))
    .addCommand(resetTotpCommand(cli));

const listCommand = (cli: Cli): Command =>
  new Command('list').description('Everybody').action(async (_options, command: Command) => {
    const users = await allUsers(await connectHub(cli, command));
    if (globalsOf(command).json) printJson(cli, users);
    else print(cli, tableOf(users));
  });

async function allUsers(hub: HubClient): Promise<UserInfo[]> {
  const users: UserInfo[] = [];
  for (let after: string | null = null; ; ) {
    const page: { readonly users: readonly UserInfo[]; readonly next: string | null } = await hub.trpc.people.users.query({
      after,
      limit: pageUsers,
    });
    users.push(...page.users);
    if (page.next === null) return users;
    after = page.next;
  }
}

const addOptions = z.object({
  name: z.string().max(200).default(''),
  admin: z.boolean().default(false),
  service: z.boolean().default(false),
});

const addCommand = (cli: Cli): Command =>
  new Command('add')
    .description('Add a person; the first password is asked for (or JZSE_NEW_PASSWORD)')
    .argument('<user>', 'for ever, lower case: li.wei or li.wei@example.com')
    .option('--name <name>', 'as others see it')
    .option('--admin', 'may do all that admins may')
    .option('--service', 'a program: it has tokens, and cannot sign in')
    .option('--no-password', 'signs in by the identity provider only')
    .action(async (user: string, _options, command: Command) => {
      const { password: wantsPassword = true, ...rest } = command.opts<{ password?: boolean }>();
      const { name, admin, service } = addOptions.parse(rest);
      const hub = await connectHub(cli, command);
      const hasNone = service || !wantsPassword;
      const password = hasNone ? null : await readSecret(cli, `First password of ${user}: `, 'JZSE_NEW_PASSWORD');
      const made = await hub.trpc.people.createUser.mutate({ user, displayName: name, password, isAdmin: admin, isService: service });
      if (globalsOf(command).json) printJson(cli, made);
      else print(cli, `added ${made.user}\n`);
    });

const passwordCommand = (cli: Cli): Command =>
  new Command('password')
    .description('Give a person a new password (asked for, or JZSE_NEW_PASSWORD); ends all sessions')
    .argument('<user>')
    .action(async (user: string, _options, command: Command) => {
      const hub = await connectHub(cli, command);
      const password = await readSecret(cli, `New password of ${user}: `, 'JZSE_NEW_PASSWORD');
      await hub.trpc.people.resetPassword.mutate({ user, password });
      if (globalsOf(command).json) printJson(cli, { user });
      else print(cli, `${user} has a new password\n`);
    });

const resetTotpCommand = (cli: Cli): Command =>
  new Command('reset-totp')
    .description('Take the second factor away from a person who lost it')
    .argument('<user>')
    .action(async (user: string, _options, command: Command) => {
      await (await connectHub(cli, command)).trpc.people.resetTotp.mutate({ user });
      if (globalsOf(command).json) printJson(cli, { user });
      else print(cli, `${user} has no second factor any more\n`);
    });

interface Change {
  readonly name: string;
  readonly about: string;
  readonly change: { readonly isDisabled?: boolean; readonly isAdmin?: boolean };
}

const changeCommand = (cli: Cli, { name, about, change }: Change): Command =>
  new Command(name)
    .description(about)
    .argument('<user>')
    .action(async (user: string, _options, command: Command) => {
      const changed = await (await connectHub(cli, command)).trpc.people.updateUser.mutate({ user, change });
      if (globalsOf(command).json) printJson(cli, changed);
      else print(cli, tableOf([changed]));
    });

const tableOf = (users: readonly UserInfo[]): string =>
  table(users, [
    { title: 'user', value: ({ user }) => user },
    { title: 'is', value: ({ isAdmin, isService, isDisabled }) => kindOf({ isAdmin, isService, isDisabled }) },
    { title: 'password', value: ({ hasPassword }) => (hasPassword ? 'yes' : 'no') },
    { title: 'second factor', value: ({ hasTotp }) => (hasTotp ? 'yes' : 'no') },
    { title: 'name', value: ({ displayName }) => displayName },
  ]);

function kindOf({ isAdmin, isService, isDisabled }: Pick<UserInfo, 'isAdmin' | 'isService' | 'isDisabled'>): string {
  const kind = isAdmin ? 'admin' : isService ? 'service' : 'person';
  return isDisabled ? `${kind}, disabled` : kind;
}
