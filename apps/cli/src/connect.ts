import { createEdgeClient, createHubClient, type EdgeClient, type HubClient } from '@jzse/client';
import type { Command } from 'commander';
import { type Cli, type Globals, globalsOf } from './cli.ts';
import { type Cluster, findData, readCluster, readToken } from './cluster-file.ts';
import { UsageError } from './exit-codes.ts';
import { nearestEdge } from './nearest-edge.ts';
import { readSession } from './session-file.ts';
import { tokenOf } from './session-token.ts';

/** What is known without asking anyone: arguments, then environment, then what `jzse up` wrote. */
export interface Surroundings {
  readonly globals: Globals;
  readonly token: string | null;
  readonly cluster: Cluster | null;
  readonly edgeUrl: string | null;
  readonly hubUrl: string | null;
}

export async function lookAround(cli: Cli, command: Command): Promise<Surroundings> {
  const globals = globalsOf(command);
  const data = findData(globals.data, cli.workingFolder);
  const cluster = data === null ? null : await readCluster(data);
  const fileToken = data === null ? null : await readToken(data);
  const session = await readSession(cli.env);
  // Whoever names one server only means that one.
  const namesHub = globals.hub !== undefined && globals.edge === undefined;
  const edgeUrl = globals.edge ?? cli.env['JZSE_EDGE_URL'] ?? cluster?.regions[0]?.url ?? (namesHub ? null : (session?.edgeUrl ?? null));
  const hubUrl = globals.hub ?? cli.env['JZSE_HUB_URL'] ?? cluster?.hub.url ?? session?.hubUrl ?? null;
  const given = globals.token ?? cli.env['JZSE_TOKEN'];
  const token = given ?? (await tokenOf(session, { env: cli.env, edgeUrl, hubUrl })) ?? fileToken;
  return { globals, cluster, token, edgeUrl, hubUrl };
}

/** The edge that the command speaks to: `--edge`, `--region`, `JZSE_EDGE_URL`, or the nearest that works. */
export async function connectEdge(cli: Cli, command: Command): Promise<EdgeClient> {
  const around = await lookAround(cli, command);
  const { region, edge } = around.globals;
  if (region === undefined && edge === undefined && cli.env['JZSE_EDGE_URL'] === undefined) {
    const nearest = await nearestEdge(cli, around);
    if (nearest !== null) return nearest;
  }
  const url = region !== undefined && edge === undefined ? await regionUrl(around, region) : around.edgeUrl;
  if (url === null) throw new UsageError('no edge is known. Start one with "jzse up", or name one with --edge URL or JZSE_EDGE_URL');
  return edgeAt(around, url);
}

export const edgeAt = ({ token }: Surroundings, url: string): EdgeClient =>
  createEdgeClient({ url: checkUrl(url), ...(token === null ? {} : { token }) });

export function hubOf({ hubUrl, token }: Surroundings): HubClient | null {
  return hubUrl === null ? null : createHubClient({ url: checkUrl(hubUrl), ...(token === null ? {} : { token }) });
}

async function regionUrl(around: Surroundings, region: string): Promise<string> {
  const here = around.cluster?.regions.find(({ id }) => id === region);
  if (here !== undefined) return here.url;
  const known = await askRegions(around);
  const found = known.find(({ id }) => id === region);
  if (found !== undefined) return found.url;
  const ids = known.map(({ id }) => id).join(', ');
  throw new UsageError(`no region "${region}" is known${ids === '' ? '; name its edge with --edge URL' : `, only ${ids}`}`);
}

async function askRegions(around: Surroundings): Promise<readonly { readonly id: string; readonly url: string }[]> {
  const hub = hubOf(around);
  if (around.edgeUrl !== null) return edgeAt(around, around.edgeUrl).trpc.regions.query();
  return hub === null ? [] : hub.trpc.regions.query();
}

function checkUrl(url: string): string {
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new UsageError(`"${url}" is not a URL; write it as http://host:port`);
  return url;
}
