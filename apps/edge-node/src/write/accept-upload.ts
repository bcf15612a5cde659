import type { Readable } from 'node:stream';
import { JzseError } from '@jzse/api';
import type { Author, EntryId, FileFacts, Hash, SpaceId } from '@jzse/sync';
import { joinPath } from '@jzse/sync';
import type { Outcome } from './commit-version.ts';
import { checkSpace, commitVersion } from './commit-version.ts';
import { decideDrop } from './decide-drop.ts';
import type { WriteCondition } from './decide-write.ts';
import { decideWrite } from './decide-write.ts';
import { describeContent } from './describe-content.ts';
import { receiveBody } from './receive-body.ts';
import { openSealer } from './seal-chunks.ts';
import type { WriteDeps } from './write-deps.ts';
import { writing } from './write-errors.ts';

export interface WholeUpload {
  readonly space: SpaceId;
  readonly names: readonly string[];
  readonly body: Readable;
  /** As announced, in bytes; null if it was not. */
  readonly length: number | null;
  /** False when the sender has gone, or went on after the end of its body: then nobody would hear the answer, and nothing is made visible. */
  readonly canAnswer: () => boolean;
  /** SHA-256 that the sender says the content has. */
  readonly expectedHash: Hash | null;
  readonly facts: FileFacts;
  readonly condition: WriteCondition;
  readonly author: Author;
}

/**
 * A whole stream becomes one version. Nothing is visible before all of it is here, flushed and checked.
 * Throws `length-mismatch`, `checksum-mismatch`, `storage-full`, and what `checkPlace` and the commit throw.
 */
export async function acceptUpload(deps: WriteDeps, upload: WholeUpload): Promise<Outcome> {
  await checkPlace(deps, upload.space, upload.names);
  await checkRoom(deps, upload);
  const content = await writing(async () => describeContent(deps, await receive(deps, upload)));
  const { space, author, names, facts, condition } = upload;
  const decide = decideWrite({ names, content: content.content, facts, condition, base: null });
  const [outcome] = await commitVersion(deps, { space, author, decide: [decide], contents: [content] });
  return outcome as Outcome;
}

/** The same as a new file in a folder, which never takes the place of another. `names`: its path, if that is free. */
export async function acceptDrop(deps: WriteDeps, upload: Omit<WholeUpload, 'condition'>, folderId: EntryId): Promise<Outcome> {
  const { space, author, names, facts } = upload;
  await checkSpace(deps, space);
  deps.checkRoom({ space, author, bytes: upload.length ?? 0, replaced: 0 });
  const content = await writing(async () => describeContent(deps, await receive(deps, upload)));
  const decide = decideDrop({ folderId, folderNames: names.slice(0, -1), name: names.at(-1) ?? '', content: content.content, facts });
  const [outcome] = await commitVersion(deps, { space, author, decide: [decide], contents: [content] });
  return outcome as Outcome;
}

/** Whether so many bytes may be added, before they are sent; what is not announced is seen at the commit. Throws `over-quota`. */
export async function checkRoom(deps: WriteDeps, wish: Pick<WholeUpload, 'space' | 'names' | 'author' | 'length'>): Promise<void> {
  const { space, names, author, length } = wish;
  if (length === null || length === 0) return;
  const there = await deps.store.entryAtPath(space, names);
  const replaced = there?.heads.reduce((sum, head) => sum + head.content.size, 0) ?? 0;
  deps.checkRoom({ space, author, bytes: length, replaced });
}

/** Whether a file can be at a path, before any byte of it is taken. Throws `unknown-space`, `not-ready`, `is-a-folder`, `not-a-folder`. */
export async function checkPlace(deps: WriteDeps, space: SpaceId, names: readonly string[]): Promise<void> {
  await checkSpace(deps, space);
  if (names.length === 0) throw new JzseError('is-a-folder', 'the top of a space is a folder; name a file in it');
  for (let depth = names.length; depth > 0; depth--) {
    const entry = await deps.store.entryAtPath(space, names.slice(0, depth));
    if (entry === null) continue;
    const path = joinPath(names.slice(0, depth));
    if (depth === names.length && entry.kind === 'folder') throw new JzseError('is-a-folder', `${path} is a folder`);
    if (depth < names.length && entry.kind === 'file') throw new JzseError('not-a-folder', `${path} is a file`);
    return;
  }
}

async function receive(
  deps: WriteDeps,
  { body, length, canAnswer, expectedHash }: Omit<WholeUpload, 'condition'>,
): ReturnType<ReturnType<typeof openSealer>['finish']> {
  const cutting = deps.sealThread.open(length);
  const sealer = openSealer(deps, { cutting, tail: new Uint8Array(), bytesExpected: length });
  let bytes = 0;
  try {
    const received = await receiveBody(body, {
      isCopied: true,
      take: (data) => {
        bytes += data.length;
        return sealer.take(data);
      },
    });
    if (received !== 'whole' || (length !== null && bytes !== length) || !canAnswer()) {
      throw new JzseError('length-mismatch', 'the body was not as long as announced; nothing was changed', { detail: { bytes, length } });
    }
    const sealed = await sealer.finish();
    if (expectedHash !== null && sealed.hash !== expectedHash) {
      throw new JzseError('checksum-mismatch', 'the bytes that arrived are not those of the digest; nothing was changed');
    }
    return sealed;
  } finally {
    await sealer.close();
    cutting.close();
  }
}
