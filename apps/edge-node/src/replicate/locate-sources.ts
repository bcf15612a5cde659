import type { RegionStore, TransferSource } from '@jzse/db/region';
import type { Content, Hash, RegionId, SpaceId } from '@jzse/sync';
import type { Logger } from 'pino';
import type { HubContact } from './hub-contact.ts';
import type { HubPort } from './hub-port.ts';

export interface LocateDeps {
  readonly region: RegionId;
  readonly store: Pick<RegionStore, 'knownRegions' | 'noteRegions'>;
  readonly hub: Pick<HubPort, 'locate' | 'regions'>;
  readonly contact: HubContact;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/** Which regions may have a content. */
export interface SourceLocator {
  /** Asks the hub, which also puts the content first in its plan; an answer is kept for a moment. With the hub away: every region that is known. */
  locate(space: SpaceId, content: Content): Promise<readonly TransferSource[]>;
  /** The last answer for this content was of no use. */
  forget(space: SpaceId, hash: Hash): void;
  /** Regions that are met elsewhere are remembered for the time without a hub. */
  remember(sources: readonly TransferSource[]): void;
  knownRegions(): readonly TransferSource[];
  /** Asks the hub for all regions, and keeps them for a start without it. */
  refresh(): Promise<void>;
}

const answersKeptMs = 10_000;
const answersMax = 1_000;

export async function createSourceLocator(deps: LocateDeps): Promise<SourceLocator> {
  const known = new Map<RegionId, TransferSource>();
  const answers = new Map<string, { readonly sources: Promise<readonly TransferSource[]>; readonly atMs: number }>();
  const key = (space: SpaceId, hash: Hash): string => `${space}/${hash}`;
  const remember = (sources: readonly TransferSource[]): void => {
    for (const source of sources) if (source.region !== deps.region) known.set(source.region, source);
  };
  remember(await deps.store.knownRegions());
  let stored = JSON.stringify([...known.values()]);
  const ask = async (space: SpaceId, content: Content): Promise<readonly TransferSource[]> => {
    try {
      const sources = await deps.hub.locate({ region: deps.region, space, hash: content.hash });
      remember(sources);
      return sources.filter((source) => source.region !== deps.region);
    } catch (cause) {
      deps.logger.debug({ space, err: cause }, 'the hub did not say who holds a content; every region that is known is asked');
      answers.delete(key(space, content.hash));
      return [...known.values()];
    }
  };
  return {
    locate: (space, content) => {
      // Known regions are asked at once rather than after a time-out of the hub.
      if (!deps.contact.reachable() && known.size > 0) return Promise.resolve([...known.values()]);
      const kept = answers.get(key(space, content.hash));
      if (kept !== undefined && deps.nowMs() - kept.atMs < answersKeptMs) return kept.sources;
      if (answers.size >= answersMax) answers.clear();
      const sources = ask(space, content);
      answers.set(key(space, content.hash), { sources, atMs: deps.nowMs() });
      return sources;
    },
    forget: (space, hash) => void answers.delete(key(space, hash)),
    remember,
    knownRegions: () => [...known.values()],
    refresh: async () => {
      remember((await deps.hub.regions()).map(({ id, url }) => ({ region: id as RegionId, url })));
      const regions = [...known.values()];
      if (JSON.stringify(regions) === stored) return;
      await deps.store.noteRegions(regions);
      stored = JSON.stringify(regions);
    },
  };
}
