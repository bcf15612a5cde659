import { JzseError } from '@jzse/api';
import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import { LogNotEmpty } from '@jzse/db/hub';
import type { RegionId, SpaceId } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';
import type { Agreement } from '../agree/agreement.ts';
import type { SafePositions } from '../feed/safe-positions.ts';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';

export interface SeedDeps {
  readonly store: Pick<HubStore, 'head' | 'seedPage' | 'sealSeed' | 'raiseEvents' | 'listRegions'>;
  readonly board: Pick<WakeUpBoard, 'seedWanted' | 'headMoved' | 'listening' | 'transfersWait'>;
  readonly agreement: Pick<Agreement, 'last'>;
  readonly safe: Pick<SafePositions, 'forget'>;
  readonly nowMs: () => number;
}

/** A hub that lost its database, and whose regions cannot offer every operation again, starts from the state of the furthest (SY10). */
export function seedLogs(deps: SeedDeps): Pick<HubServices, 'rebuild' | 'seed'> {
  /** Whose pages are taken. Pages of two regions must never mix. */
  const seeders = new Map<SpaceId, RegionId>();
  return {
    rebuild: async ({ space, from }) => {
      if ((await deps.store.head(space)).position.sequence > 0) throw new LogNotEmpty(space);
      const region = chooseSeeder(deps, space, from);
      seeders.set(space, region);
      deps.board.seedWanted(region, space);
      return { from: region };
    },
    seed: async ({ space, region, page, effects, last }) => {
      const seeder = seeders.get(space) ?? region;
      if (seeder !== region) {
        throw new JzseError('precondition-failed', `${space} is being rebuilt from ${seeder}, not from ${region}`, {
          detail: { space, seeder },
        });
      }
      seeders.set(space, region);
      await deps.store.seedPage(space, page, effects);
      if (last === null) return;
      await deps.store.sealSeed(space, { ...last, pages: page + 1, nowMs: deps.nowMs() });
      seeders.delete(space);
      await tellOfSeed(deps, space, region);
    },
  };
}

/** The region that is named, or of those that listen the one whose report is furthest. */
function chooseSeeder({ board, agreement }: SeedDeps, space: SpaceId, from: RegionId | null): RegionId {
  const listening = board.listening();
  if (from !== null) {
    if (listening.includes(from)) return from;
    throw new JzseError('not-ready', `region ${from} is not connected: start it, then try again`, { detail: { space, region: from } });
  }
  const reported = listening.flatMap((region) => {
    const report = agreement.last(region, space)?.report;
    // Who has taken the empty log already stands in the latest epoch, and has nothing to give (found by simulation).
    return report === undefined || report.position.sequence === 0 ? [] : [{ region, position: report.position }];
  });
  const [furthest] = reported.sort(
    (left, right) => comparePositions(right.position, left.position) || (left.region < right.region ? -1 : 1),
  );
  if (furthest !== undefined) return furthest.region;
  throw new JzseError('not-ready', `no region that is connected has said how far it knows ${space}: wait a moment, or name one`, {
    detail: { space },
  });
}

async function tellOfSeed({ store, board, safe, nowMs }: SeedDeps, space: SpaceId, region: RegionId): Promise<void> {
  safe.forget(space);
  const { position } = await store.head(space);
  board.headMoved(space, position);
  board.transfersWait(() => true);
  await store.raiseEvents([{ type: 'hub-seeded', space, region, atMs: nowMs(), data: { position } }]);
}
