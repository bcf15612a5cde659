import type {
  Content,
  CreateFile,
  CreateFolder,
  Delete,
  Dot,
  EntryId,
  FeedPosition,
  Forget,
  Move,
  ObservedEntry,
  Operation,
  ReplicaId,
  Restore,
  Write,
} from '@jzse/sync';
import { entryId, hash, regionId, rootId } from '@jzse/sync';

const facts = { mediaType: null, modifiedMs: null };

/** A content named by any text. */
export const testContent = (text: string, size = 1): Content => ({
  hash: hash(Buffer.from(text).toString('hex').slice(0, 64).padEnd(64, '0')),
  size,
  manifest: null,
});

/** Makes the operations of one replica, one counter after another. `seen` is the position that the next ones are made at. */
export class TestAuthor {
  readonly replica: ReplicaId;
  counter = 0;
  wallMs = 1000;
  seen: FeedPosition = { epoch: 0, sequence: 0 };

  constructor(replica: string) {
    this.replica = replica as ReplicaId;
  }

  createFile(parentId: EntryId, name: string, content = testContent(`${this.replica}/${this.counter + 1}`)): CreateFile {
    return { type: 'create', kind: 'file', parentId, name, content, facts, ...this.#header(null) };
  }

  createFolder(parentId: EntryId, name: string): CreateFolder {
    return { type: 'create', kind: 'folder', parentId, name, ...this.#header(null) };
  }

  write(id: EntryId, base: readonly Dot[], content = testContent(`${this.replica}/${this.counter + 1}`)): Write {
    return { type: 'write', base, alsoIds: [], name: 'written', content, facts, ...this.#header(id) };
  }

  resolve(id: EntryId, base: readonly Dot[], content: Content): Write {
    return { ...this.write(id, base, content), type: 'resolve' };
  }

  move(id: EntryId, parentId: EntryId, name: string): Move {
    return { type: 'move', parentId, name, ...this.#header(id) };
  }

  delete(id: EntryId, base: readonly Dot[], observed: readonly ObservedEntry[] = []): Delete {
    return { type: 'delete', base, alsoIds: [], observed: [{ id, heads: base }, ...observed], ...this.#header(id) };
  }

  restore(id: EntryId, content: Content): Restore {
    return { type: 'restore', name: 'restored', content, facts, ...this.#header(id) };
  }

  forget(entries: Forget['entries'], versions: Forget['versions'] = []): Forget {
    return { type: 'forget', entries, versions, ...this.#header(rootId) };
  }

  #header(id: EntryId | null): Pick<Operation, 'dot' | 'stamp' | 'context' | 'entryId' | 'author'> {
    const counter = ++this.counter;
    const region = regionId(this.replica.split(':')[0] ?? '');
    return {
      dot: { replica: this.replica, counter },
      stamp: { wallMs: ++this.wallMs, logical: 0, replica: this.replica },
      context: { position: this.seen, counter: counter - 1 },
      entryId: id ?? entryId(`${this.replica}-${counter}`),
      author: { user: 'u', device: 'd', region },
    };
  }
}
