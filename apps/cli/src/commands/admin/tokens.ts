import { scopes } from '@jzse/api';
import type { SpaceId } from '@jzse/sync';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../../cli.ts';
import { showTime, table } from '../../show.ts';
import { connectHub } from './connect-hub.ts';

const dayMs = 86_400_000;
const ofUser = z.object({ user: z.string().optional() });
const userOption = ['--user <user>', 'of this service instead of your own'] as const;

export const tokensCommand = (cli: Cli): Command =>
  new Command('tokens')
    .description('API tokens for programs: your own, or with --user those of a service')
    .addCommand(listCommand(cli), { isDefault: true })
    .addCommand(createCommand(cli))
    .addCommand(revokeCommand(cli));

const listCommand = (cli: Cli): Command =>
  new Command('list')
    .description('Tokens that count')
    .option(...userOption)
    .action(async (_options, command: Command) => {
      const { user } = optionsOf(command, ofUser);
      const { accounts, people } = (await connectHub(cli, command)).trpc;
      const tokens = user === undefined ? await accounts.tokens.query({}) : await people.tokens.query({ user });
      if (globalsOf(command).json) return printJson(cli, tokens);
      const nowMs = Date.now();
      print(
        cli,
        table(tokens, [
          { title: 'id', value: ({ id }) => id },
          { title: 'name', value: ({ name }) => name },
          { title: 'may', value: (token) => token.scopes?.join(' ') ?? 'all' },
          { title: 'spaces', value: ({ spaces }) => spaces?.join(' ') ?? 'all' },
          { title: 'made', value: ({ createdMs }) => showTime(createdMs, nowMs) },
          { title: 'ends', value: ({ expiresMs }) => showTime(expiresMs, nowMs) },
        ]),
      );
    });

const createOptions = ofUser.extend({
  scope: z.array(z.enum(scopes)).optional(),
  space: z.array(z.string()).optional(),
  days: z.coerce.number().int().min(1).max(3_650).optional(),
});

const createCommand = (cli: Cli): Command =>
  new Command('create')
    .description('Print a new token: it is shown only now')
    .argument('<name>', 'what it is for')
    .option(...userOption)
    .option('--scope <scope...>', `what it may: ${scopes.join(', ')} (default: all)`)
    .option('--space <space...>', 'where it may (default: everywhere)')
    .option('--days <days>', 'when it ends (default: never)')
    .action(async (name: string, _options, command: Command) => {
      const { user, scope, space, days } = optionsOf(command, createOptions);
      const { accounts, people } = (await connectHub(cli, command)).trpc;
      const expiresMs = days === undefined ? null : Date.now() + days * dayMs;
      const wanted = { name, scopes: scope ?? null, spaces: (space as SpaceId[] | undefined) ?? null, expiresMs };
      const made =
        user === undefined ? await accounts.createToken.mutate(wanted) : await people.createServiceToken.mutate({ ...wanted, user });
      if (globalsOf(command).json) printJson(cli, made);
      else print(cli, `${made.token}\n`);
    });

const revokeCommand = (cli: Cli): Command =>
  new Command('revoke')
    .description('A token counts no more')
    .argument('<id>')
    .option(...userOption)
    .action(async (id: string, _options, command: Command) => {
      const { user } = optionsOf(command, ofUser);
      const { accounts, people } = (await connectHub(cli, command)).trpc;
      await (user === undefined ? accounts.revokeToken.mutate({ id }) : people.revokeToken.mutate({ user, id }));
      if (globalsOf(command).json) printJson(cli, { id, revoked: true });
      else print(cli, `${id} counts no more\n`);
    });
