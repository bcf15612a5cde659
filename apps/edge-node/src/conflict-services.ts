import type { ConflictServices, EntryInfo } from '@jzse/api/edge';
import type { HubServices } from '@jzse/api/hub';
import { type SpaceId, splitPath } from '@jzse/sync';
import type { ConflictReadDeps } from './read/conflict-info.ts';
import { describeConflict } from './read/describe-conflict.ts';
import { listConflicts } from './read/list-conflicts.ts';
import type { ReadDeps } from './read/read-deps.ts';
import { readText } from './read/read-text.ts';
import { resolveEntry } from './read/resolve-path.ts';
import type { Outcome } from './write/commit-version.ts';
import type { MergeDeps } from './write/merge-heads.ts';
import { readPolicy } from './write/read-policy.ts';
import { resolveConflict } from './write/resolve-conflict.ts';
import { resolveConflicts } from './write/resolve-conflicts.ts';
import { listChanges, undoChange } from './write/undo-change.ts';
import type { WriteDeps } from './write/write-deps.ts';

export interface ConflictServicesDeps {
  readonly read: ReadDeps;
  readonly write: WriteDeps;
  readonly hub: Pick<HubServices, 'mergeStates'>;
  readonly describeOutcome: (space: SpaceId, outcome: Outcome) => Promise<EntryInfo>;
}

/** What this edge does about conflicts, put together from its two paths. */
export function createConflictServices({ read, write, hub, describeOutcome }: ConflictServicesDeps): ConflictServices {
  const conflicts: ConflictReadDeps = {
    ...read,
    mergeStates: hub.mergeStates,
    rules: async (space) => (await readPolicy(read.store, space)).merge,
  };
  const merging = mergeDeps(read, write);
  const at = async (space: SpaceId, path: string) => ({ space, entry: await resolveEntry(read, { space, names: splitPath(path) }) });
  return {
    listConflicts: async (space, folder, page) => listConflicts(conflicts, await at(space, folder), page),
    conflict: async (space, path) => describeConflict(conflicts, await at(space, path), new AbortController().signal),
    resolveConflict: async (request) => describeOutcome(request.space, await resolveConflict(merging, request)),
    resolveConflicts: (request) => resolveConflicts(write, request),
    listChanges: (space) => listChanges(write, space),
    undoChange: (request) => undoChange(write, request),
  };
}

/** The write path with what merges read of the read path. */
export const mergeDeps = (read: ReadDeps, write: WriteDeps): MergeDeps => ({
  ...write,
  readText: (space, version, signal) => readText(read, { space, version, signal }),
});
