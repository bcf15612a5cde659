import { JzseError, type SpacePolicy, spacePolicySchema } from '@jzse/api';
import type { ConflictServices } from '@jzse/api/edge';
import type { Author, Content, Dot, Entry } from '@jzse/sync';
import { dotKey, regionId, splitPath } from '@jzse/sync';
import { createConflictServices, mergeDeps } from '../../src/conflict-services.ts';
import { describeEntry } from '../../src/read/describe-entry.ts';
import type { ReadDeps } from '../../src/read/read-deps.ts';
import { commitVersion } from '../../src/write/commit-version.ts';
import { always, decideWrite } from '../../src/write/decide-write.ts';
import type { MergeDeps } from '../../src/write/merge-heads.ts';
import { storeBytes } from '../../src/write/store-bytes.ts';
import { openWritingRegion, space, temporaryFolder, type WritingRegion } from './writing-region.ts';

export const wei: Author = { user: 'wei', device: 'desk', region: regionId('beijing') };
export const lin: Author = { user: 'lin', device: 'phone', region: regionId('shanghai') };
export const ada: Author = { user: 'ada', device: 'lab', region: regionId('shenzhen') };

/** A region in which several people wrote without having seen each other. */
export interface ConflictedRegion {
  readonly region: WritingRegion;
  readonly services: ConflictServices;
  readonly merging: MergeDeps;
  readonly hub: { mergeStates: Parameters<typeof createConflictServices>[0]['hub']['mergeStates'] };
  /** Writes a file; `base` null: on what is shown. Answers the version. */
  put(path: string, text: string, by?: { readonly author?: Author; readonly base?: readonly Dot[] | null }): Promise<Dot>;
  /** A file with a first version by `wei` (none if `base` is null) and, from it, one of each text: by wei, lin, ada. */
  conflict(path: string, base: string | null, texts: readonly string[]): Promise<readonly Dot[]>;
  entry(path: string): Promise<Entry>;
  textOf(content: Content): Promise<string | null>;
  /** Texts of the heads, winner first. */
  heads(path: string): Promise<(string | null)[]>;
  setPolicy(policy: Partial<SpacePolicy>): Promise<void>;
  close(): Promise<void>;
}

export async function openConflictedRegion(): Promise<ConflictedRegion> {
  const temporary = temporaryFolder();
  const region = await openWritingRegion({ folder: temporary.folder });
  const { store, chunks, deps } = region;
  const unavailable = async () => {
    throw new JzseError('content-unavailable', 'nobody has it');
  };
  const read: ReadDeps = { store, chunks, missing: { bring: unavailable }, resolveAtHub: async () => null };
  const hub: ConflictedRegion['hub'] = { mergeStates: async () => [] };
  const describeOutcome: Parameters<typeof createConflictServices>[0]['describeOutcome'] = async (_space, { entryId, path }) => {
    const entry = await store.entry(space, entryId);
    if (entry === null) throw new Error(`nothing is at ${path}`);
    return describeEntry(read, { space, entry });
  };
  const services = createConflictServices({
    read,
    write: deps,
    hub: { mergeStates: (...asked) => hub.mergeStates(...asked) },
    describeOutcome,
  });
  const merging = mergeDeps(read, deps);
  const put: ConflictedRegion['put'] = async (path, text, { author = wei, base = null } = {}) => {
    const content = await storeBytes(deps, Buffer.from(text));
    const facts = { mediaType: null, modifiedMs: null };
    const decide = decideWrite({ names: splitPath(path), content: content.content, facts, condition: always, base });
    const [outcome] = await commitVersion(deps, { space, author, decide: [decide], contents: [content] });
    if (outcome?.version === null || outcome === undefined) throw new Error(`nothing was written to ${path}`);
    return outcome.version;
  };
  const entry = async (path: string): Promise<Entry> => {
    const found = await store.entryAtPath(space, splitPath(path));
    if (found === null) throw new Error(`nothing is at ${path}`);
    return found;
  };
  const textOf = (content: Content) =>
    merging.readText(space, { content } as Parameters<MergeDeps['readText']>[1], new AbortController().signal);
  return {
    region,
    services,
    merging,
    hub,
    put,
    entry,
    textOf,
    conflict: async (path, base, texts) => {
      const authors = [wei, lin, ada];
      const first = base === null ? null : await put(path, base);
      const dots: Dot[] = [];
      for (const [at, text] of texts.entries())
        dots.push(await put(path, text, { base: first === null ? [] : [first], author: authors[at % authors.length] as Author }));
      return dots;
    },
    heads: async (path) => Promise.all((await entry(path)).heads.map((head) => textOf(head.content))),
    setPolicy: async (policy) => {
      const revision = ((await store.policy(space))?.revision ?? 0) + 1;
      await store.setPolicy(space, { revision, policy: JSON.stringify(spacePolicySchema.parse(policy)) });
    },
    close: async () => {
      await region.close();
      temporary.remove();
    },
  };
}

/** Paths of live files in a folder, by name. */
export async function namesIn({ region }: ConflictedRegion, folder: string): Promise<string[]> {
  const at = await region.store.entryAtPath(space, splitPath(folder));
  if (at === null) return [];
  const { items } = await region.store.listFolder(space, at.id, { after: null, limit: 1_000 });
  return items.map((item) => item.name);
}

export const keys = (dots: readonly Dot[]): string[] => dots.map(dotKey);
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing',
    (cause: { readonly code?: string; readonly name: string }) => cause.code ?? cause.name,
  );
export { space };
