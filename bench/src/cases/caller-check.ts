import { randomUUID } from 'node:crypto';
import { openIdentityStore } from '@jzse/db/hub';
import type { Guard } from '@jzse/gateway';
import { composeIdentity } from '../../../apps/hub/src/identity/compose-identity.ts';
import { createHubGuard } from '../../../apps/hub/src/identity/hub-guard.ts';
import type { BenchCase } from '../bench-context.ts';
import { median, type Row, toRow } from '../row.ts';
import { benchSpace, startBenchHub } from '../test-space.ts';

const checksPerRound = 20_000;
/** Fewer than the sessions that a person may have. */
const firstChecks = 90;
/** What a request may cost before anything is done for it. */
const limit = { max: 100 };
const readSpace = {
  rule: { who: 'space', action: 'read', scope: 'whole' },
  target: { space: benchSpace, region: null, paths: [] },
} as const;

/** CPU that it takes to find out who calls and whether they may, over a directory in Postgres. */
export const callerCheck: BenchCase = {
  name: 'caller-check',
  run: async ({ folder, sizes }) => {
    const hub = await startBenchHub(folder);
    const store = await openIdentityStore({ databaseUrl: hub.databaseUrl });
    try {
      const token = `jzse ${randomUUID()}`;
      const firstAdmin = { token, spaces: [benchSpace] };
      const parts = { store, hub: hub.store, nowMs: Date.now, directoryChanged: () => undefined };
      const identity = await composeIdentity({ ...parts, oidc: null, firstAdmin });
      const fleet = { member: () => null, isPlaced: () => true };
      const guard = createHubGuard({ ...identity, fleet, endSession: identity.sessions.end, nowMs: Date.now });
      const newAccessToken = async (): Promise<string> =>
        (await identity.sessions.open('owner', { device: 'bench', wants: 'cookie' })).accessToken;
      const accessToken = await newAccessToken();
      const tokens: string[] = [];
      for (let at = 0; at < Math.min(firstChecks, sizes.rounds * 30); at++) tokens.push(await newAccessToken());
      return [
        await row('access token, seen before', sizes.rounds, () => checkMany(guard, accessToken)),
        await row('API token', sizes.rounds, () => checkMany(guard, token)),
        await row('access token, the first time', 1, async () => {
          for (const each of tokens) await guard.bearer(each, request);
          return tokens.length;
        }),
      ];
    } finally {
      await store.close();
      await hub.stop();
    }
  },
};

const request = { ip: '127.0.0.1' } as Parameters<Guard['bearer']>[1];

async function checkMany(guard: Guard, token: string): Promise<number> {
  for (let at = 0; at < checksPerRound; at++) {
    const principal = await guard.bearer(token, request);
    await guard.allow(principal, readSpace.rule, readSpace.target);
  }
  return checksPerRound;
}

async function row(name: string, rounds: number, checks: () => Promise<number>): Promise<Row> {
  const costs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    const count = await checks();
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / count);
  }
  return toRow({
    case: `checking a caller: ${name}`,
    value: median(costs),
    unit: 'µs of CPU',
    peer: { name: 'the limit', value: limit.max },
    ...(name.endsWith('first time') ? {} : { target: limit }),
    detail: { costs: costs.map((cost) => Math.round(cost * 10) / 10) },
  });
}
