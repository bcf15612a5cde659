import type { Dot } from './causality.ts';
import { sameDot } from './dot.ts';
import { resolveAlias } from './draft.ts';
import type { Entry, Version } from './entry.ts';
import type { EntryId } from './identifiers.ts';
import { rootId } from './identifiers.ts';
import { nameKey } from './names.ts';
import type { TreeReader } from './tree.ts';
import { TreeOverlay } from './tree-overlay.ts';

/** One step of bringing an entry back to a former state; the caller makes an ordinary operation of it. Steps are in an order in which they can be committed. */
export type ReturnStep =
  /** Put it (alive or deleted) where it was, under its former name. */
  | { readonly type: 'move'; readonly entryId: EntryId; readonly parentId: EntryId; readonly name: string }
  /** Bring it back from the trash; `version` null for folders. On a live file: the version as one more head. */
  | { readonly type: 'restore'; readonly entryId: EntryId; readonly name: string; readonly version: Version | null }
  /** A former content in place of `base`, the heads that it has now. */
  | { readonly type: 'write'; readonly entryId: EntryId; readonly name: string; readonly version: Version; readonly base: readonly Dot[] }
  | { readonly type: 'delete'; readonly entryId: EntryId };

/** A former state of an entry; `entry` null: it was not there, and goes. */
export interface FormerState {
  readonly id: EntryId;
  readonly entry: Entry | null;
}
/** A state that cannot be brought back, with the reason for people. */
export interface NotReturned {
  readonly id: EntryId;
  readonly why: 'forgotten' | 'changed-since' | 'nothing-to-do';
}
export interface ReturnPlan {
  readonly steps: readonly ReturnStep[];
  readonly skipped: readonly NotReturned[];
}
export type PlanReturn = (tree: TreeReader, former: readonly FormerState[]) => ReturnPlan;

/** Folders above a folder; more is a cycle of former states, which is cut there. */
const depthMax = 10_000;

/** What has to be committed so that these entries are again as they were (SY15): folders first, ordinary new operations only, nothing unseen superseded. */
export const planReturn: PlanReturn = (tree, former) => {
  const steps: ReturnStep[] = [];
  const skipped: NotReturned[] = [];
  const plan: Plan = { tree: new TreeOverlay(tree), wanted: new Map(), steps, last: [] };
  const leaving: Entry[] = [];
  for (const { id, entry } of former) {
    if (id === rootId) continue;
    const now = plan.tree.entry(resolveAlias(tree, id));
    if (entry === null || entry.deleted !== null) {
      if (now === null || now.deleted !== null) skipped.push({ id, why: 'nothing-to-do' });
      else if (now.id !== id) skipped.push({ id, why: 'changed-since' });
      else leaving.push(now);
    } else if (now === null) skipped.push({ id, why: 'forgotten' });
    else if (now.id !== id || now.kind !== entry.kind) skipped.push({ id, why: 'changed-since' });
    else plan.wanted.set(id, entry);
  }
  deleteFirst(plan, leaving);
  for (const entry of inFormerOrder(plan)) {
    const before = steps.length;
    place(plan, entry);
    returnContent(plan, entry);
    if (steps.length === before) skipped.push({ id: entry.id, why: 'nothing-to-do' });
  }
  for (const id of deepestFirst(plan)) if (isLive(plan, id)) remove(plan, id);
  return { steps, skipped };
};

/** The tree as the steps so far leave it, and what is to be in it. */
interface Plan {
  readonly tree: TreeOverlay;
  readonly wanted: Map<EntryId, Entry>;
  readonly steps: ReturnStep[];
  /** What goes at the end: folders that held something which stays, and those that came back along with something. */
  readonly last: EntryId[];
}

/** What goes makes way for names that come back; a folder that holds something that stays waits until that stands elsewhere. */
function deleteFirst(plan: Plan, leaving: readonly Entry[]): void {
  const ids = new Set(leaving.map((entry) => entry.id));
  for (const entry of leaving) {
    if (!isLive(plan, entry.id)) continue;
    if (goesWhole(plan.tree, entry.id, ids)) remove(plan, entry.id);
    else plan.last.push(entry.id);
  }
}

function goesWhole(tree: TreeReader, id: EntryId, leaving: ReadonlySet<EntryId>): boolean {
  const waiting = [id];
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    if (!leaving.has(current)) return false;
    if (tree.entry(current)?.kind === 'folder') waiting.push(...tree.liveChildren(current));
  }
  return true;
}

function remove(plan: Plan, id: EntryId): void {
  plan.steps.push({ type: 'delete', entryId: id });
  const waiting = [id];
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    const entry = plan.tree.entry(current);
    if (entry === null) continue;
    if (entry.kind === 'folder') waiting.push(...plan.tree.liveChildren(current));
    plan.tree.put({ ...entry, heads: [], deleted: nowhere });
  }
}
const nowhere = { dot: { replica: 'planned' as Dot['replica'], counter: 1 }, position: null, implied: false };

/** Parents before what was in them; by that no move can make a cycle. */
function inFormerOrder(plan: Plan): Entry[] {
  return [...plan.wanted.values()]
    .map((entry) => ({ entry, depth: depthOf(plan, entry) }))
    .sort((left, right) => left.depth - right.depth)
    .map(({ entry }) => entry);
}

function depthOf(plan: Plan, entry: Entry): number {
  let depth = 0;
  for (let id = entry.parentId; id !== null && depth < depthMax; depth++)
    id = (plan.wanted.get(id) ?? plan.tree.entry(id))?.parentId ?? null;
  return depth;
}

/** Where it was, under its name: a live namesake that is to be elsewhere makes way first. */
function place(plan: Plan, entry: Entry): void {
  const { tree, steps } = plan;
  const now = tree.entry(entry.id);
  if (now === null || entry.parentId === null) return;
  const parentId = resolveAlias(tree, entry.parentId);
  if (now.parentId !== parentId || now.name !== entry.name) {
    const back = broughtBack(now);
    if (back !== now) reviveAbove(plan, now);
    makeWay(plan, { parentId, name: entry.name, self: entry.id });
    steps.push({ type: 'move', entryId: entry.id, parentId, name: entry.name });
    tree.put({ ...back, parentId, name: entry.name });
  } else if (now.deleted !== null) makeWay(plan, { parentId, name: entry.name, self: entry.id });
}

/** What a move does to an entry that went only because its folder went (SY6): it is back, with what it had then. */
function broughtBack(entry: Entry): Entry {
  const { deleted } = entry;
  if (deleted === null || !deleted.implied) return entry;
  const heads = entry.trash.filter((version) => version.implied && sameDot(version.trashedBy, deleted.dot));
  return entry.kind === 'file' && heads.length === 0 ? entry : { ...entry, heads, deleted: null };
}

/** The folders above come back too, where they stand. */
function reviveAbove({ tree, wanted, last }: Plan, entry: Entry): void {
  for (let id = entry.parentId; id !== null; ) {
    const folder: Entry | null = tree.entry(id);
    if (folder === null) return;
    if (folder.deleted !== null) tree.put({ ...folder, deleted: null });
    if (folder.deleted !== null && !wanted.has(folder.id)) last.push(folder.id);
    id = folder.parentId;
  }
}

function deepestFirst(plan: Plan): EntryId[] {
  const depth = (id: EntryId): number => {
    const entry = plan.tree.entry(id);
    return entry === null ? 0 : depthOf(plan, entry);
  };
  return [...plan.last].sort((left, right) => depth(right) - depth(left));
}

function makeWay(plan: Plan, wanted: { readonly parentId: EntryId; readonly name: string; readonly self: EntryId }): void {
  const holder = plan.tree.liveChild(wanted.parentId, nameKey(wanted.name));
  if (holder === null || holder.id === wanted.self) return;
  if (!plan.wanted.has(holder.id) && !plan.last.includes(holder.id)) return;
  for (let attempt = 1; ; attempt++) {
    const name = `${[...holder.name].slice(0, 50).join('')} (aside ${attempt})`;
    if (plan.tree.liveChild(wanted.parentId, nameKey(name)) !== null) continue;
    plan.steps.push({ type: 'move', entryId: holder.id, parentId: wanted.parentId, name });
    plan.tree.put({ ...holder, name });
    return;
  }
}

function returnContent(plan: Plan, entry: Entry): void {
  const { tree, steps } = plan;
  const now = tree.entry(entry.id);
  if (now === null) return;
  const { id: entryId, name } = entry;
  if (entry.kind === 'folder') {
    if (now.deleted === null) return;
    steps.push({ type: 'restore', entryId, name, version: null });
  } else {
    const isBack = now.deleted === null && sameContents(now, entry);
    if (isBack) return;
    // The former winner comes last, so that it has the highest stamp again.
    const [first, ...further] = [...entry.heads].reverse();
    if (first === undefined) return;
    if (now.deleted !== null) steps.push({ type: 'restore', entryId, name, version: first });
    else steps.push({ type: 'write', entryId, name, version: first, base: now.heads.map((head) => head.dot) });
    for (const version of further) steps.push({ type: 'restore', entryId, name, version });
  }
  if (now.deleted !== null) reviveAbove(plan, now);
  tree.put({ ...now, deleted: null, heads: entry.heads });
}

function sameContents(now: Entry, former: Entry): boolean {
  const contents = (entry: Entry): string =>
    entry.heads
      .map((head) => head.content.hash)
      .sort()
      .join();
  return contents(now) === contents(former);
}

const isLive = (plan: Plan, id: EntryId): boolean => plan.tree.entry(id)?.deleted === null;
