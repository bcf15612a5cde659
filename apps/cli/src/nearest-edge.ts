import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createJzseClient, type EdgeClient, type JzseClientOptions, type Move, type RegionMemory } from '@jzse/client';
import { z } from 'zod';
import type { Cli } from './cli.ts';
import type { Surroundings } from './connect.ts';
import { readSession, sessionPath, writeSession } from './session-file.ts';

/** A command is over too soon to see for how long something is nearer: it compares seldom, and believes what it sees. */
const pace = { compareEveryMs: 300_000, nearerForMs: 0 };

/** The edge for a command that names none: the nearest that works. Null: no region is known, nor a hub that knows them. */
export async function nearestEdge(cli: Cli, around: Surroundings): Promise<EdgeClient | null> {
  const where = placesOf(cli, around);
  if (where === null) return null;
  const names = new Map<string, string>();
  const client = await createJzseClient({
    ...where,
    ...(await whoCalls(cli, around)),
    onMove: ({ from, to, why }: Move) => {
      const name = (url: string) => around.cluster?.regions.find((region) => region.url === url)?.id ?? names.get(url) ?? url;
      const { region = to } = client.present() ?? {};
      if (why === 'failed' && !around.globals.json) cli.stderr.write(`jzse: ${name(from)} does not answer; going on at ${region}\n`);
    },
  });
  const first = client.present();
  if (first !== null) names.set(first.url, first.region);
  return client;
}

function placesOf(cli: Cli, { cluster, edgeUrl, hubUrl, globals }: Surroundings): JzseClientOptions | null {
  if (cluster !== null && globals.hub === undefined) {
    // On one machine all are as near, and the first is everybody's.
    const regions = cluster.regions.map(({ id, url }) => ({ region: id, url }));
    const [first] = regions;
    if (first === undefined) return null;
    const known = regions.map((region) => ({ ...region, healthy: true, load: 0 }));
    const read = async () => ({ regions: known, present: first.url, comparedMs: Date.now(), askedMs: Date.now() });
    return { regions, memory: { read, write: async () => undefined }, pace: { compareEveryMs: Number.POSITIVE_INFINITY } };
  }
  if (hubUrl === null) return null;
  const regions = edgeUrl === null ? [] : [{ region: new URL(edgeUrl).host, url: edgeUrl }];
  return { hubUrl, regions: [], memory: memoryFile(cli, hubUrl, regions), pace };
}

/** A session goes along whole, so that it is renewed at whichever edge serves. */
async function whoCalls(cli: Cli, { token }: Surroundings): Promise<Pick<JzseClientOptions, 'token' | 'session' | 'onSession'>> {
  const session = await readSession(cli.env);
  if (session === null || session.accessToken !== token) return token === null ? {} : { token };
  return { session, onSession: (renewed) => writeSession(cli.env, { ...session, ...renewed }) };
}

const rememberedSchema = z.object({
  hubUrl: z.string(),
  regions: z.array(z.object({ region: z.string(), url: z.string(), healthy: z.boolean(), load: z.number() })),
  present: z.string().nullable(),
  comparedMs: z.number(),
  askedMs: z.number(),
});

/** Beside the session: which regions that hub named, and which was the nearest. `first`: where the session was made, while nothing is known. */
function memoryFile(cli: Cli, hubUrl: string, first: readonly { readonly region: string; readonly url: string }[]): RegionMemory {
  const path = join(dirname(sessionPath(cli.env)), 'nearest.json');
  return {
    read: async () => {
      const text = await readFile(path, 'utf8').catch(() => '{}');
      const parsed = rememberedSchema.safeParse(JSON.parse(text));
      if (parsed.success && parsed.data.hubUrl === hubUrl) return parsed.data;
      return { regions: first.map((region) => ({ ...region, healthy: true, load: 0 })), present: null, comparedMs: 0, askedMs: 0 };
    },
    write: async (remembered) => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = `${path}.${process.pid}.new`;
      await writeFile(temporary, `${JSON.stringify({ hubUrl, ...remembered })}\n`, { mode: 0o600 });
      await rename(temporary, path);
    },
  };
}
