import type { Attribution, Effect, Entry, EntryId, FeedRow, Version } from '@jzse/sync';
import type { JsonTexts } from './json-texts.ts';

/**
 * A row as it is stored: what its effects repeat of its operation and its position is left out. A row of a create is less than half
 * as long then. Rows of earlier schemas leave out nothing, and are read all the same.
 */
type Stored = Omit<FeedRow, 'effects'> & { readonly effects: readonly StoredEffect[] };
type StoredEffect =
  | Exclude<Effect, { readonly type: 'entry' | 'version' }>
  | { readonly type: 'entry'; readonly entry: StoredEntry }
  | { readonly type: 'version'; readonly entryId: EntryId; readonly version: StoredVersion };
/** That the operation placed or made it. */
const own = 'own';
type StoredAttribution = Attribution | typeof own | null;
/** The version that the operation made, of these parents. */
type StoredVersion = Version | { readonly own: Version['parents'] };
interface StoredEntry extends Omit<Entry, 'location' | 'created' | 'heads'> {
  readonly location: StoredAttribution;
  readonly created: StoredAttribution;
  readonly heads: readonly StoredVersion[];
}

export function feedRowText(row: FeedRow, texts: JsonTexts): string {
  const effects = row.effects.map((effect) => effectText(effect, row, texts)).join();
  const end = row.digest === undefined ? '' : `,"digest":"${row.digest}"`;
  return `{"position":${texts.of(row.position)},"operation":${JSON.stringify(row.operation)},"effects":[${effects}]${end}}`;
}

export function parseFeedRow(text: string): FeedRow {
  const row = JSON.parse(text) as Stored;
  return { ...row, effects: row.effects.map((effect) => wholeEffect(effect, row)) };
}

function effectText(effect: Effect, row: FeedRow, texts: JsonTexts): string {
  if (effect.type === 'entry') return `{"type":"entry","entry":${entryText(effect.entry, row, texts)}}`;
  if (effect.type !== 'version') return JSON.stringify(effect);
  const { entryId, version } = effect;
  const text = isOwnVersion(version, row) ? `{"own":${JSON.stringify(version.parents)}}` : texts.of(version);
  return `{"type":"version","entryId":${JSON.stringify(entryId)},"version":${text}}`;
}

function entryText(entry: Entry, row: FeedRow, texts: JsonTexts): string {
  const isPlaced = isOwnAttribution(entry.location, row);
  const isMade = isOwnAttribution(entry.created, row);
  const hasOwn = entry.heads.some((head) => isOwnVersion(head, row));
  if (!isPlaced && !isMade && !hasOwn) return texts.of(entry);
  const stored: StoredEntry = {
    ...entry,
    location: isPlaced ? own : entry.location,
    created: isMade ? own : entry.created,
    heads: hasOwn ? entry.heads.map((head) => (isOwnVersion(head, row) ? { own: head.parents } : head)) : entry.heads,
  };
  return JSON.stringify(stored);
}

const attributionKeys = 3;
const versionKeys = 7;

/** By identity, and nothing besides: what the core did not take from the operation as it is, or adds one day, is written out. */
const isOwnAttribution = (made: Attribution | null, { operation, position }: FeedRow): boolean =>
  made !== null &&
  made.dot === operation.dot &&
  made.stamp === operation.stamp &&
  made.position === position &&
  Object.keys(made).length === attributionKeys;

function isOwnVersion(version: Version, { operation, position }: FeedRow): boolean {
  return (
    'content' in operation &&
    version.content === operation.content &&
    version.facts === operation.facts &&
    version.author === operation.author &&
    version.dot === operation.dot &&
    version.stamp === operation.stamp &&
    version.position === position &&
    Object.keys(version).length === versionKeys
  );
}

function wholeEffect(effect: StoredEffect, row: Stored): Effect {
  if (effect.type === 'version') return { ...effect, version: wholeVersion(effect.version, row) };
  if (effect.type !== 'entry') return effect;
  const { location, created, heads } = effect.entry;
  const entry = {
    ...effect.entry,
    location: wholeAttribution(location, row),
    created: wholeAttribution(created, row),
    heads: heads.map((head) => wholeVersion(head, row)),
  };
  return { type: 'entry', entry };
}

const wholeAttribution = (stored: StoredAttribution, { operation, position }: Stored): Attribution | null =>
  stored === own ? { dot: operation.dot, stamp: operation.stamp, position } : stored;

function wholeVersion(stored: StoredVersion, { operation, position }: Stored): Version {
  if (!('own' in stored)) return stored;
  const { dot, stamp, author } = operation;
  if (!('content' in operation) || operation.content === null) throw new Error(`row ${position.sequence} has a version but no content`);
  return { dot, stamp, position, content: operation.content, facts: operation.facts, author, parents: stored.own };
}
