import type { HubClient } from '@jzse/client';
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { hubOf, lookAround } from '../../connect.ts';
import { UsageError } from '../../exit-codes.ts';

/** The hub that the command speaks to: `--hub`, `JZSE_HUB_URL`, or that of `jzse up`. */
export async function connectHub(cli: Cli, command: Command): Promise<HubClient> {
  const hub = hubOf(await lookAround(cli, command));
  if (hub === null) throw new UsageError('no hub is known. Name it with --hub URL or JZSE_HUB_URL');
  return hub;
}

/** Those named, else all that the hub has. */
export const spacesOf = async (hub: HubClient, named: readonly string[]): Promise<readonly string[]> =>
  named.length > 0 ? named : await hub.trpc.listSpaces.query();
