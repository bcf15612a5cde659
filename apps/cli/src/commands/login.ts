import { hostname } from 'node:os';
import { JzseError } from '@jzse/api';
import { createEdgeClient, createHubClient } from '@jzse/client';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../cli.ts';
import { hubOf, lookAround } from '../connect.ts';
import { UsageError } from '../exit-codes.ts';
import { readSecret } from '../read-secret.ts';
import { readSession, removeSession, writeSession } from '../session-file.ts';

export const loginCommand = (cli: Cli): Command =>
  new Command('login')
    .description('Sign in at the edge or, with --hub alone, at the hub; the password is asked for (or JZSE_PASSWORD)')
    .argument('<user>')
    .option('--code <code>', 'six digits of the second factor, where there is one')
    .option('--device <name>', 'name of this device, for the list of your sessions')
    .action(async (user: string, _options, command: Command) => {
      const options = optionsOf(command, z.object({ code: z.string().optional(), device: z.string().min(1).max(100).optional() }));
      const { edgeUrl, hubUrl } = await lookAround(cli, command);
      if (edgeUrl === null && hubUrl === null) throw new UsageError('no server is known. Name one with --edge URL or --hub URL');
      const password = await readSecret(cli, `Password of ${user}: `, 'JZSE_PASSWORD');
      const request = { user, password, code: options.code ?? null, device: options.device ?? hostname() };
      const signedIn =
        edgeUrl !== null
          ? await createEdgeClient({ url: edgeUrl }).trpc.accounts.signIn.mutate(request)
          : await createHubClient({ url: hubUrl ?? '' }).trpc.accounts.signIn.mutate({ ...request, wants: 'refresh-token' });
      const { accessToken, accessExpiresMs, refreshToken, isRegional } = signedIn;
      if (refreshToken === null) throw new JzseError('internal', 'the server gave no refresh token');
      await writeSession(cli.env, { user: signedIn.user, edgeUrl, hubUrl, accessToken, accessExpiresMs, refreshToken });
      if (globalsOf(command).json) printJson(cli, { user: signedIn.user, session: signedIn.session, isRegional });
      else print(cli, `signed in as ${signedIn.user}${isRegional ? ', in this region only: the hub is away' : ''}\n`);
    });

export const logoutCommand = (cli: Cli): Command =>
  new Command('logout').description('End the session of "jzse login"').action(async (_options, command: Command) => {
    const session = await readSession(cli.env);
    await removeSession(cli.env);
    if (session !== null) {
      const { accessToken: token, edgeUrl, hubUrl } = session;
      // Here it is over in any case.
      const ended =
        edgeUrl !== null
          ? createEdgeClient({ url: edgeUrl, token }).trpc.accounts.signOut.mutate()
          : createHubClient({ url: hubUrl ?? '', token }).trpc.accounts.signOut.mutate({});
      await ended.catch(() => cli.stderr.write('jzse: the server could not be told; the session ends there by itself\n'));
    }
    if (globalsOf(command).json) printJson(cli, { user: session?.user ?? null });
    else print(cli, session === null ? 'nobody was signed in\n' : `signed out ${session.user}\n`);
  });

export const whoamiCommand = (cli: Cli): Command =>
  new Command('whoami').description('Who the servers take you for, and what you may').action(async (_options, command: Command) => {
    const around = await lookAround(cli, command);
    const hub = hubOf(around);
    if (around.edgeUrl === null && hub === null) throw new UsageError('no server is known. Name one with --edge URL or --hub URL');
    const token = around.token === null ? {} : { token: around.token };
    const known =
      around.edgeUrl !== null
        ? await createEdgeClient({ url: around.edgeUrl, ...token }).trpc.accounts.whoami.query()
        : await hub?.trpc.accounts.whoAmI.query();
    if (globalsOf(command).json) return printJson(cli, known);
    print(cli, `${known?.user} on ${known?.device}${known?.isAdmin === true ? ', an admin' : ''}\n`);
  });
