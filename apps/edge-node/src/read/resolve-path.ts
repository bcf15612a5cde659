import { setTimeout as sleep } from 'node:timers/promises';
import { JzseError } from '@jzse/api';
import type { Entry, SpaceId } from '@jzse/sync';
import { joinPath } from '@jzse/sync';
import type { ReadDeps } from './read-deps.ts';
import { hubToReadable, type ReadableVersion } from './readable-version.ts';

/** What is at a path: an entry that is known here, or a file that so far only the hub knows. */
export type Resolved = { readonly at: 'here'; readonly entry: Entry } | { readonly at: 'hub'; readonly file: ReadableVersion };

export interface PathInSpace {
  readonly space: SpaceId;
  /** Empty for the top of the space. */
  readonly names: readonly string[];
}

/** A reader waits this long for the hub's word on a path. */
const hubAnswerMsMax = 2_000;
/** Outstanding operations that are looked through. */
const outstandingMax = 1_000;

/** Asks the hub for a path that is not known here. Throws `unknown-space`, `unknown-path`, `not-known-here-yet`. */
export async function resolvePath(deps: Pick<ReadDeps, 'store' | 'resolveAtHub'>, place: PathInSpace): Promise<Resolved> {
  const entry = await lookUp(deps, place);
  if (entry !== null) return { at: 'here', entry };
  // The hub has not ordered what this region deleted or moved last: its answer may be what our people just took away. Looked at before it
  // is asked too: what it orders meanwhile its answer may be from before.
  const wasTaken = await takesAway(deps, place.space);
  const answer = await askHub(deps, place);
  if (answer === null) throw unknownPath(place);
  if (wasTaken || (await takesAway(deps, place.space))) throw notKnownYet(place);
  return { at: 'hub', file: hubToReadable(answer) };
}

/** Only what is known here. Throws `unknown-space`, `unknown-path`. */
export async function resolveEntry(deps: Pick<ReadDeps, 'store'>, place: PathInSpace): Promise<Entry> {
  const entry = await lookUp(deps, place);
  if (entry === null) throw unknownPath(place);
  return entry;
}

async function lookUp({ store }: Pick<ReadDeps, 'store'>, { space, names }: PathInSpace): Promise<Entry | null> {
  if (!(await store.listSpaces()).includes(space)) {
    throw new JzseError('unknown-space', `this region has no space "${space}"`, { detail: { space } });
  }
  return store.entryAtPath(space, names);
}

async function askHub({ resolveAtHub }: Pick<ReadDeps, 'resolveAtHub'>, place: PathInSpace) {
  const answered = new AbortController();
  const timeOut = sleep(hubAnswerMsMax, null, { signal: answered.signal }).then(() => {
    throw notKnownYet(place);
  });
  try {
    return await Promise.race([resolveAtHub(place.space, joinPath(place.names)), timeOut]);
  } catch (cause) {
    if (cause instanceof JzseError && (cause.code === 'unknown-path' || cause.code === 'unknown-space')) return null;
    throw notKnownYet(place, cause);
  } finally {
    timeOut.catch(() => {});
    answered.abort();
  }
}

async function takesAway({ store }: Pick<ReadDeps, 'store'>, space: SpaceId): Promise<boolean> {
  const outstanding = await store.readOutbox(space, outstandingMax);
  return outstanding.length === outstandingMax || outstanding.some(({ type }) => type === 'delete' || type === 'move');
}

const unknownPath = ({ space, names }: PathInSpace): JzseError =>
  new JzseError('unknown-path', `nothing is at ${joinPath(names)} in "${space}"`, { detail: { space, path: joinPath(names) } });

const notKnownYet = ({ space, names }: PathInSpace, cause?: unknown): JzseError =>
  new JzseError('not-known-here-yet', `${joinPath(names)} is not known in this region yet, and the hub cannot be asked; try again later`, {
    detail: { space, path: joinPath(names) },
    cause,
  });
