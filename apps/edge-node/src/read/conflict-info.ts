import type { ConflictInfo } from '@jzse/api/edge';
import type { HubServices } from '@jzse/api/hub';
import { chooseMergeRule } from '@jzse/merge';
import type { Entry, EntryId, SpaceId, Version } from '@jzse/sync';
import { dotKey, joinPath } from '@jzse/sync';
import { isContentHeld } from './describe-entry.ts';
import { versionInfo } from './entry-info.ts';
import type { ReadDeps } from './read-deps.ts';
import { withinMs } from './within-ms.ts';

export interface ConflictReadDeps extends Pick<ReadDeps, 'store' | 'chunks' | 'missing'> {
  /** What the hub knows of merges that wait or failed. */
  readonly mergeStates: HubServices['mergeStates'];
  readonly rules: (space: SpaceId) => Promise<Parameters<typeof chooseMergeRule>[0]>;
}

/** A reader waits this long for what the hub knows of merges; without it none is told. */
const hubAnswerMsMax = 1_000;

/** Conflicts as people see them: winner first, the nearest common version, and why it came to this. */
export async function conflictInfos(deps: ConflictReadDeps, space: SpaceId, entries: readonly Entry[]): Promise<ConflictInfo[]> {
  if (entries.length === 0) return [];
  const ids = entries.map((entry) => entry.id);
  const [rules, states] = await Promise.all([deps.rules(space), askStates(deps, space, ids)]);
  return Promise.all(
    entries.map(async (entry) => {
      const path = joinPath((await deps.store.pathOf(space, entry.id)) ?? [entry.name]);
      const base = await baseOf(deps, space, entry);
      return {
        entryId: entry.id,
        path,
        versions: await Promise.all(entry.heads.map((head, at) => infoOf(deps, head, at === 0))),
        base: base === null ? null : await infoOf(deps, base, false),
        reason: reasonOf(entry, base),
        merge: { strategy: chooseMergeRule(rules, path)?.strategy ?? 'lww', ...(states.get(entry.id) ?? none) },
      };
    }),
  );
}

const none = { state: 'none', reason: null } as const;

type MergeState = Pick<ConflictInfo['merge'], 'state' | 'reason'>;

async function askStates(
  { mergeStates }: ConflictReadDeps,
  space: SpaceId,
  ids: readonly EntryId[],
): Promise<ReadonlyMap<EntryId, MergeState>> {
  try {
    const states = await withinMs(hubAnswerMsMax, mergeStates(space, ids));
    return new Map(states.map(({ entryId, state, reason }) => [entryId, { state, reason }]));
  } catch {
    return new Map();
  }
}

const baseOf = ({ store }: ConflictReadDeps, space: SpaceId, entry: Entry): Promise<Version | null> =>
  store.commonAncestor(
    space,
    entry.heads.map((head) => head.dot),
  );

const infoOf = async ({ store }: ConflictReadDeps, version: Version, current: boolean) =>
  versionInfo(version, { current, held: await isContentHeld(store, version.content) });

/** Which change was made without having seen which. */
export function reasonOf(entry: Entry, base: Version | null): string {
  const [shown, ...others] = entry.heads;
  if (shown === undefined || others.length === 0) return 'there is one version';
  const names = others.map(who);
  const all = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0];
  if (entry.heads.every((head) => head.parents.length === 0))
    return `${who(shown)} and ${all} each made a file of this name without having seen the other`;
  const since = base === null ? '' : ` Both began with the version of ${who(base)} (${dotKey(base.dot)}).`;
  return `${who(shown)} changed it without having seen what ${all} had changed.${entry.heads.length > 2 ? since.replace('Both', 'All') : since}`;
}

const who = ({ author }: Version): string => `${author.user} in ${author.region}`;
