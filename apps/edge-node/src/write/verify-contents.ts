import { JzseError } from '@jzse/api';
import type { ContentWithChunks } from '@jzse/db/region';
import type { Content, Hash } from '@jzse/sync';
import { encodeManifest } from '@jzse/sync';
import { sha256 } from './cut-and-hash.ts';
import { hashChunks } from './describe-content.ts';
import type { WriteDeps } from './write-deps.ts';
import { writing } from './write-errors.ts';

/** Chunks that are read at one time to see their size. */
const readsMax = 16;
const emptyHash = sha256(new Uint8Array());

/**
 * Contents as clients name them, by hash, found true: nobody can give one content the name of another. What is
 * held here keeps the manifest that it has; the bytes of anything else in more than one chunk are read once.
 * Throws `chunks-missing`, `checksum-mismatch`, `invalid-input`.
 */
export async function verifyContents(deps: WriteDeps, named: readonly ContentWithChunks[]): Promise<ReadonlyMap<Hash, ContentWithChunks>> {
  const contents = new Map(named.map((item) => [item.content.hash, item]));
  const items = [...contents.values()];
  // All that is missing is told at once, and before anything large is read.
  const missing = [...(await checkSmall(deps, items)), ...(await missingOfLarge(deps, items))];
  if (missing.length > 0) {
    throw new JzseError('chunks-missing', 'this region lacks some of the chunks; send them and commit again', { detail: { missing } });
  }
  for (const item of items) if (isLarge(item)) contents.set(item.content.hash, await checkLarge(deps, item));
  return contents;
}

const isLarge = ({ chunks }: ContentWithChunks): boolean => chunks.length > 1;

function missingOfLarge(deps: WriteDeps, items: readonly ContentWithChunks[]): Promise<readonly Hash[]> {
  const hashes = new Set(items.filter(isLarge).flatMap((item) => item.chunks.map((chunk) => chunk.hash)));
  return writing(() => deps.chunks.missing([...hashes]));
}

/** Contents of at most one chunk. Answers the chunks that are not here. */
async function checkSmall(deps: WriteDeps, items: readonly ContentWithChunks[]): Promise<readonly Hash[]> {
  const small = items.filter((item) => !isLarge(item));
  const missing: (Hash | null)[] = [];
  for (let at = 0; at < small.length; at += readsMax) {
    missing.push(...(await Promise.all(small.slice(at, at + readsMax).map((item) => checkOneChunk(deps, item)))));
  }
  return missing.filter((hash) => hash !== null);
}

/** The store answers bytes that hash to the name; only their number is the client's word. Answers the chunk if it is not here. */
async function checkOneChunk(deps: WriteDeps, { content, chunks }: ContentWithChunks): Promise<Hash | null> {
  const [chunk] = chunks;
  if (content.manifest !== null) throw new JzseError('invalid-input', 'a content of one chunk has no manifest');
  if (chunk === undefined) {
    if (content.size !== 0 || content.hash !== emptyHash) throw wrongName(content);
    return null;
  }
  const bytes = await deps.chunks.get(chunk.hash);
  if (bytes === null) return chunk.hash;
  if (content.hash !== chunk.hash || content.size !== bytes.length || chunk.size !== bytes.length) throw wrongName(content);
  return null;
}

async function checkLarge(deps: WriteDeps, item: ContentWithChunks): Promise<ContentWithChunks> {
  const held = await heldAs(deps, item.content);
  if (held !== null) return held;
  const { content, chunks } = item;
  const manifest = encodeManifest(chunks);
  const size = chunks.reduce((sum, chunk) => sum + chunk.size, 0);
  if (size !== content.size || sha256(manifest) !== content.manifest) throw wrongName(content);
  if ((await hashChunks(deps, chunks)) !== content.hash) throw wrongName(content);
  await writing(() => deps.chunks.put({ hash: content.manifest as Hash, bytes: manifest }));
  return item;
}

/** The same bytes may be here cut otherwise; one content keeps one manifest. Null if they are not all here. */
async function heldAs(deps: WriteDeps, content: Content): Promise<ContentWithChunks | null> {
  if (!(await deps.store.isHeld(content.hash))) return null;
  const chunks = await deps.store.chunksOf(content);
  if (chunks === null) return null;
  const manifest = sha256(encodeManifest(chunks));
  const size = chunks.reduce((sum, chunk) => sum + chunk.size, 0);
  if (size !== content.size) throw wrongName(content);
  const present = await writing(() => deps.chunks.missing([...chunks.map((chunk) => chunk.hash), manifest]));
  return present.length === 0 ? { content: { ...content, manifest }, chunks } : null;
}

function wrongName(content: Content): JzseError {
  return new JzseError('checksum-mismatch', 'the chunks do not add up to the content that was named', { detail: { hash: content.hash } });
}
