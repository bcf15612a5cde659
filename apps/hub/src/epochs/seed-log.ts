import { JzseError } from '@jzse/api';
import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import { LogNotEmpty, LogNotReplaced } from '@jzse/db/hub';
import type { FeedPosition, RegionId, SpaceId } from '@jzse/sync';
import type { SafePositions } from '../feed/safe-positions.ts';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';
import type { MergePlan } from '../merges/plan-merges.ts';
import { type ChooseSeederDeps, chooseSeeder } from './choose-seeder.ts';

export interface SeedDeps extends ChooseSeederDeps {
  readonly store: Pick<HubStore, 'head' | 'seedPage' | 'sealSeed' | 'raiseEvents'>;
  readonly board: ChooseSeederDeps['board'] & Pick<WakeUpBoard, 'seedWanted' | 'headMoved' | 'transfersWait'>;
  readonly safe: Pick<SafePositions, 'forget'>;
  readonly mergePlan: Pick<MergePlan, 'planAll'>;
  /** What a log that was replaced had taken, the new one takes too. */
  readonly carryOver: (space: SpaceId) => Promise<void>;
  readonly nowMs: () => number;
  readonly onNoteFailed: (cause: unknown) => void;
}

interface Seeder {
  readonly region: RegionId;
  /** A log that has begun gives way. */
  readonly replaces: boolean;
}

/**
 * A hub that lost its database, and whose regions cannot offer every operation again, starts from the state of the furthest (SY10). Regions
 * that can may have been sooner: then the log is not empty, and gives way only if a person says so.
 */
export function seedLogs(deps: SeedDeps): Pick<HubServices, 'rebuild' | 'seed'> {
  /** Whose pages are taken. Pages of two regions must never mix. */
  const seeders = new Map<SpaceId, Seeder>();
  return {
    rebuild: async ({ space, from, replace = false }) => {
      const { position } = await deps.store.head(space);
      if (position.sequence > 0 && !replace) throw new LogNotEmpty(space);
      const region = await chooseSeeder(deps, space, { from, youngEpoch: position.sequence > 0 ? position.epoch : null });
      seeders.set(space, { region, replaces: replace });
      deps.board.seedWanted(region, space);
      return { from: region };
    },
    seed: async ({ space, region, page, effects, last }) => {
      const seeder = seeders.get(space) ?? { region, replaces: false };
      if (seeder.region !== region) {
        throw new JzseError('precondition-failed', `${space} is being rebuilt from ${seeder.region}, not from ${region}`, {
          detail: { space, seeder: seeder.region },
        });
      }
      seeders.set(space, seeder);
      await deps.store.seedPage(space, page, effects);
      if (last === null) return;
      const { position: before } = await deps.store.head(space);
      const seal = { ...last, pages: page + 1, nowMs: deps.nowMs(), replaces: seeder.replaces };
      seeders.delete(space);
      await deps.store.sealSeed(space, seal).catch((cause) => tellOfRefusal(deps, { space, region, cause }));
      await tellOfSeed(deps, { space, region, replaced: before.sequence > 0 ? before : null });
      await goOn(deps, space);
    },
  };
}

/** The log has begun, whatever becomes of this: the hub's own rounds carry over what is left. */
async function goOn({ carryOver, mergePlan, onNoteFailed }: SeedDeps, space: SpaceId): Promise<void> {
  try {
    await carryOver(space);
    await mergePlan.planAll(space);
  } catch (cause) {
    onNoteFailed(cause);
  }
}

/** The operator was told that the region sends its state, and hears by an event that it was in vain. */
async function tellOfRefusal(
  { store, nowMs }: SeedDeps,
  { space, region, cause }: { readonly space: SpaceId; readonly region: RegionId; readonly cause: unknown },
): Promise<never> {
  if (cause instanceof LogNotReplaced || cause instanceof LogNotEmpty)
    await store.raiseEvents([{ type: 'seed-refused', space, region, atMs: nowMs(), data: { reason: cause.message } }]);
  throw cause;
}

async function tellOfSeed(
  { store, board, safe, nowMs }: SeedDeps,
  { space, region, replaced }: { readonly space: SpaceId; readonly region: RegionId; readonly replaced: FeedPosition | null },
): Promise<void> {
  safe.forget(space);
  const { position } = await store.head(space);
  board.headMoved(space, position);
  board.transfersWait(() => true);
  const data = { position, ...(replaced === null ? {} : { replaced }) };
  await store.raiseEvents([{ type: 'hub-seeded', space, region, atMs: nowMs(), data }]);
}
