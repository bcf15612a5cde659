import type { HubStore } from '@jzse/db/hub';
import type { Entry, EntryId, Operation, TreeReader, Version } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import { space } from '../cluster/sim-hub.ts';

/** All that the hub knows of a space. */
export interface HubTree {
  readonly entries: ReadonlyMap<EntryId, Entry>;
  readonly versions: ReadonlyMap<string, Version>;
  /** Dots of heads, and of what equalled one. */
  readonly reachable: ReadonlySet<string>;
  readonly trashedBy: ReadonlyMap<string, string>;
  /** By dot, as far as it is kept. */
  readonly log: ReadonlyMap<string, Operation>;
  /** Nothing of the log is gone. */
  readonly isLogWhole: boolean;
  readonly reader: Pick<TreeReader, 'aliasOf'> & TreeReader;
}

export async function readHubTree(store: HubStore): Promise<HubTree> {
  const { items } = await store.snapshotPage(space, { after: null, limit: 100_000 });
  const entries = new Map<EntryId, Entry>();
  const versions = new Map<string, Version>();
  const aliases = new Map<EntryId, EntryId>();
  for (const effect of items) {
    if (effect.type === 'entry') entries.set(effect.entry.id, effect.entry);
    else if (effect.type === 'alias') aliases.set(effect.from, effect.to);
    else if (effect.type === 'version') versions.set(dotKey(effect.version.dot), effect.version);
  }
  const { position } = await store.head(space);
  const rows = await store.readFeed(space, { ...position, sequence: 0 }, 100_000);
  const reachable = new Set<string>();
  const trashedBy = new Map<string, string>();
  for (const entry of entries.values()) {
    for (const head of entry.heads) reachable.add(dotKey(head.dot));
    for (const dot of entry.sameDots) reachable.add(dotKey(dot));
    for (const version of entry.trash) trashedBy.set(dotKey(version.dot), dotKey(version.trashedBy));
  }
  const reader = { aliasOf: (id: EntryId) => aliases.get(id) ?? null } as TreeReader;
  const log = new Map(rows.map(({ operation }) => [dotKey(operation.dot), operation]));
  const isLogWhole = (await store.feedStart(space)).sequence === 0;
  return { entries, versions, reachable, trashedBy, log, isLogWhole, reader };
}
