import { JzseError } from '@jzse/api';
import type { Content, Dot, Entry, EntryId, FileFacts, Version } from '@jzse/sync';
import { conflictName, dotKey, joinPath, mergedInto, nameKey, utcDate, winner } from '@jzse/sync';
import { namesOf } from './decide-return.ts';
import type { Decide, Decision, PlannedOperation, SpaceView } from './planned-operation.ts';
import { entryAt } from './walk-path.ts';

/** The file whose conflict it is: where people see it, or by its id. */
export type Conflicted = { readonly names: readonly string[] } | { readonly id: EntryId };

/** What is to be shown instead of the versions that were seen. */
export type Resolution =
  | { readonly type: 'version'; readonly version: string }
  | { readonly type: 'keep-both' }
  | { readonly type: 'content'; readonly content: Content; readonly facts: Partial<FileFacts> };

export interface ResolveWish {
  readonly file: Conflicted;
  /** Dot keys of the heads that the decision is about; another one stays a sibling. Null: all. */
  readonly seen: readonly string[] | null;
  readonly resolution: Resolution;
  /** Do nothing unless the heads are exactly those of `seen`, instead of refusing or leaving siblings. */
  readonly onlyIfSeenAll?: boolean;
}

/**
 * One version in place of those that were seen (SY7). Throws `no-conflict` for a file with one head, `unknown-version` for a version that is
 * none of the heads any more, `is-a-folder`, `unknown-path`.
 */
export const decideResolve =
  (wish: ResolveWish): Decide =>
  (view) => {
    const found = find(view, wish.file);
    if (found === null) return nothing(wish.file);
    const { entry, names } = found;
    const decision: Decision = { entryId: entry.id, names, created: false, operations: [], version: winner(entry)?.dot ?? null };
    const seen = wish.seen === null ? null : new Set(wish.seen);
    const heads = entry.heads.filter((head) => seen === null || seen.has(dotKey(head.dot)));
    if (wish.onlyIfSeenAll === true && (heads.length !== entry.heads.length || heads.length !== seen?.size)) return decision;
    if (entry.heads.length < 2) throw new JzseError('no-conflict', `${joinPath(names)} has one version; there is nothing to resolve`);
    return { ...decision, ...resolved(view, { entry, heads, resolution: wish.resolution }) };
  };

/** Throws `unknown-path`, `is-a-folder`; null: what is named by its id is gone. */
function find(view: SpaceView, file: Conflicted): { readonly entry: Entry; readonly names: readonly string[] } | null {
  if ('id' in file) {
    const entry = view.tree.entry(file.id);
    return entry === null || entry.deleted !== null || entry.kind === 'folder' ? null : { entry, names: namesOf(view.tree, entry.id) };
  }
  const found = entryAt(view, file.names);
  if (found.entry.kind === 'folder') throw new JzseError('is-a-folder', `${joinPath(found.names)} is a folder; only files have versions`);
  return found;
}

function nothing(file: Conflicted): Decision {
  if ('names' in file) throw new JzseError('unknown-path', `nothing is at ${joinPath(file.names)}`);
  return { entryId: file.id, names: [], created: false, operations: [], version: null };
}

interface Resolving {
  readonly entry: Entry;
  /** Seen, winner first. */
  readonly heads: readonly Version[];
  readonly resolution: Resolution;
}

function resolved(view: SpaceView, { entry, heads, resolution }: Resolving): Pick<Decision, 'operations' | 'version'> {
  switch (resolution.type) {
    case 'version': {
      const kept = entry.heads.find((head) => dotKey(head.dot) === resolution.version);
      if (kept === undefined) throw unknownHead(entry, resolution.version);
      const base = heads.includes(kept) ? heads : [kept, ...heads];
      return { operations: [resolve(view, { entry, base, made: kept })], version: null };
    }
    case 'keep-both': {
      const [kept, ...others] = heads;
      if (kept === undefined) throw unknownHead(entry, '');
      // The resolve comes last: it is what the decision is told by.
      return { operations: [...copies(view, entry, others), resolve(view, { entry, base: heads, made: kept })], version: null };
    }
    case 'content': {
      const facts = { ...(heads[0] ?? entry.heads[0])?.facts, ...resolution.facts };
      const made = { content: resolution.content, facts: { mediaType: facts.mediaType ?? null, modifiedMs: facts.modifiedMs ?? null } };
      return { operations: [resolve(view, { entry, base: heads, made })], version: null };
    }
  }
}

const unknownHead = (entry: Entry, version: string): JzseError =>
  new JzseError('unknown-version', `"${entry.name}" has no such version any more; look at the conflict again`, {
    detail: { version: version.slice(0, 100), versions: entry.heads.map((head) => dotKey(head.dot)) },
  });

function resolve(
  view: SpaceView,
  planned: { readonly entry: Entry; readonly base: readonly Version[]; readonly made: Pick<Version, 'content' | 'facts'> },
): PlannedOperation {
  const { entry, base, made } = planned;
  const dots: Dot[] = base.map((head) => head.dot);
  const alsoIds = mergedInto(view.tree, entry.id, view.isConfirmedAlias);
  return { type: 'resolve', entryId: entry.id, base: dots, alsoIds, name: entry.name, content: made.content, facts: made.facts };
}

/** A file beside the first for each version, named after where and when it was made; the same bytes under that name already need none. */
function copies(view: SpaceView, entry: Entry, versions: readonly Version[]): PlannedOperation[] {
  const { parentId } = entry;
  if (parentId === null) return [];
  const planned = new Map<string, Content>();
  const operations: PlannedOperation[] = [];
  for (const version of versions) {
    const name = nameBeside(view, { entry, parentId, version, planned });
    if (name === null) continue;
    planned.set(nameKey(name), version.content);
    const { content, facts } = version;
    operations.push({ type: 'create', kind: 'file', entryId: view.newEntryId(), parentId, name, content, facts });
  }
  return operations;
}

interface Beside {
  readonly entry: Entry;
  readonly parentId: EntryId;
  readonly version: Version;
  readonly planned: ReadonlyMap<string, Content>;
}

/** The first free conflict name; null: a file with these bytes has it. */
function nameBeside(view: SpaceView, { entry, parentId, version, planned }: Beside): string | null {
  const naming = { region: version.author.region, date: utcDate(version.stamp.wallMs) };
  for (let attempt = 1; ; attempt++) {
    const name = conflictName(withoutConflict(entry.name), { ...naming, attempt });
    const key = nameKey(name);
    const holder = view.tree.liveChild(parentId, key);
    const contents = [...(holder?.heads ?? []).map((head) => head.content), ...(planned.has(key) ? [planned.get(key)] : [])];
    if (contents.some((content) => content?.hash === version.content.hash)) return null;
    if (holder === null && !planned.has(key)) return name;
  }
}

/** A conflict of what a conflict has named is named like the first: one list, not a longer name. */
const withoutConflict = (name: string): string =>
  name.replace(/ \(conflict [a-z0-9-]+ \d{4}-\d{2}-\d{2}(?: \d+)?\)(?=(?:\.[^.]{0,15})?$)/, '');
