import type { Entry, EntryId, Operation, SpaceId } from '@jzse/sync';
import { dotKey, rootEntry, rootId } from '@jzse/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MetadataStore } from '../metadata-store.ts';
import { TestAuthor, testContent } from './test-author.ts';

/** A store under test, empty. `take` makes operations confirmed in a space, in order: by integrating them, or by the feed that a hub gave them. */
export interface MetadataStoreFixture {
  readonly store: MetadataStore;
  take(space: SpaceId, operations: readonly Operation[]): Promise<void>;
  remove(): Promise<void>;
}

/** What every `MetadataStore` promises. */
export function describeMetadataStore(name: string, open: () => Promise<MetadataStoreFixture>): void {
  describe(`${name} is a metadata store`, () => {
    const space = 'demo' as SpaceId;
    let fixture: MetadataStoreFixture;
    let store: MetadataStore;
    let beijing: TestAuthor;
    let shanghai: TestAuthor;

    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
      await store.createSpace(space);
      beijing = new TestAuthor('beijing:1');
      shanghai = new TestAuthor('shanghai:1');
    });
    afterEach(() => fixture.remove());

    const take = (...operations: readonly Operation[]) => fixture.take(space, operations);
    const names = async (folder: EntryId = rootId) => {
      const page = await store.listFolder(space, folder, { after: null, limit: 100 });
      return page.items.map((entry) => entry.name);
    };
    const idAt = async (...path: readonly string[]) => (await store.entryAtPath(space, path))?.id ?? null;

    test('spaces are listed by id, each once however often it was created', async () => {
      for (const id of ['other', 'aa', 'other']) await store.createSpace(id as SpaceId);
      expect(await store.listSpaces()).toEqual(['aa', 'demo', 'other']);
    });

    test('spaces do not see each other', async () => {
      await store.createSpace('other' as SpaceId);
      const file = beijing.createFile(rootId, 'f');
      await take(file);
      expect(await store.entry('other' as SpaceId, file.entryId)).toBeNull();
      expect(await store.entryAtPath('other' as SpaceId, ['f'])).toBeNull();
    });

    test('the root is there from the start', async () => {
      expect(await store.entry(space, rootId)).toEqual(rootEntry);
      expect(await store.entryAtPath(space, [])).toEqual(rootEntry);
      expect(await store.pathOf(space, rootId)).toEqual([]);
      expect(await names()).toEqual([]);
    });

    test('an entry is found by id with all that it is', async () => {
      const file = beijing.createFile(rootId, 'Ünïcode 🎉.txt', testContent('bytes', 5));
      await take(file);
      const attribution = { dot: file.dot, stamp: file.stamp, position: { epoch: 0, sequence: 1 } };
      const expected: Entry = {
        id: file.entryId,
        kind: 'file',
        parentId: rootId,
        name: file.name,
        location: attribution,
        created: attribution,
        heads: [{ ...attribution, content: file.content, facts: file.facts, author: file.author, parents: [] }],
        trash: [],
        sameDots: [],
        deleted: null,
        recovered: false,
      };
      expect(await store.entry(space, file.entryId)).toEqual(expected);
      expect(await store.entry(space, 'never' as EntryId)).toBeNull();
    });

    test('[SY5] paths are walked by name key; an id that was merged leads to what it was merged into', async () => {
      const folder = beijing.createFolder(rootId, 'Plans');
      const file = beijing.createFile(folder.entryId, 'e\u0301.txt');
      const same = shanghai.createFolder(rootId, 'plans');
      await take(folder, file, same);
      expect(await idAt('PLANS', '\u00e9.TXT')).toBe(file.entryId);
      expect(await idAt('plans', 'none')).toBeNull();
      expect(await idAt('plans', '\u00e9.txt', 'below-a-file')).toBeNull();
      expect((await store.entry(space, same.entryId))?.id).toBe(folder.entryId);
      expect(await store.pathOf(space, same.entryId)).toEqual(['Plans']);
    });

    test('a moved folder takes what is below it along', async () => {
      const [a, b] = [beijing.createFolder(rootId, 'a'), beijing.createFolder(rootId, 'b')];
      const file = beijing.createFile(a.entryId, 'f');
      await take(a, b, file, beijing.move(a.entryId, b.entryId, 'A2'));
      expect(await store.pathOf(space, file.entryId)).toEqual(['b', 'A2', 'f']);
      expect(await idAt('a')).toBeNull();
      expect(await idAt('b', 'a2', 'f')).toBe(file.entryId);
    });

    test('[SY4] what is deleted is found by id only', async () => {
      const folder = beijing.createFolder(rootId, 'd');
      const file = beijing.createFile(folder.entryId, 'f');
      await take(folder, file, beijing.delete(folder.entryId, [], [{ id: file.entryId, heads: [file.dot] }]));
      expect((await store.entry(space, file.entryId))?.deleted?.implied).toBe(true);
      expect(await store.pathOf(space, file.entryId)).toBeNull();
      expect(await store.pathOf(space, 'never' as EntryId)).toBeNull();
      expect(await idAt('d')).toBeNull();
      expect(await names()).toEqual([]);
      await take(beijing.restore(file.entryId, file.content));
      expect(await store.pathOf(space, file.entryId)).toEqual(['d', 'f']);
    });

    test('a folder is listed by name key, a page at a time', async () => {
      const wanted = ['B', 'a', 'é', 'zz', 'C', '\u{1f389}', '\uffed'];
      await take(...wanted.map((name) => beijing.createFile(rootId, name)));
      const listed: string[] = [];
      let after: string | null = null;
      for (let pages = 0; pages < 10; pages++) {
        const page = await store.listFolder(space, rootId, { after, limit: 2 });
        listed.push(...page.items.map((entry) => entry.name));
        after = page.next;
        if (after === null) break;
        expect(page.items).toHaveLength(2);
      }
      expect(listed).toEqual(['a', 'B', 'C', 'zz', 'é', '\uffed', '\u{1f389}']);
    });

    test('a page that is just full is the last one', async () => {
      await take(beijing.createFile(rootId, 'a'), beijing.createFile(rootId, 'b'));
      expect((await store.listFolder(space, rootId, { after: null, limit: 2 })).next).toBeNull();
    });

    test('[SY3] versions of an entry and of what was merged into it come newest stamp first, a page at a time', async () => {
      const first = beijing.createFile(rootId, 'f');
      shanghai.wallMs = 5000;
      const merged = shanghai.createFile(rootId, 'f');
      beijing.wallMs = 7000;
      const write = beijing.write(first.entryId, [first.dot]);
      const other = beijing.createFile(rootId, 'other');
      await take(first, merged, write, other);
      const page = await store.listVersions(space, first.entryId, { after: null, limit: 2 });
      const rest = await store.listVersions(space, merged.entryId, { after: page.next, limit: 2 });
      expect([...page.items, ...rest.items].map((version) => dotKey(version.dot))).toEqual(
        [write, merged, first].map(({ dot }) => dotKey(dot)),
      );
      expect(rest.next).toBeNull();
      expect(await store.listVersions(space, 'never' as EntryId, { after: null, limit: 2 })).toEqual({ items: [], next: null });
    });

    test('[SY2] siblings are all there, the winner first', async () => {
      const file = beijing.createFile(rootId, 'f');
      const left = beijing.write(file.entryId, [file.dot]);
      shanghai.wallMs = 9000;
      const right = shanghai.write(file.entryId, [file.dot]);
      await take(file, left, right);
      const entry = await store.entryAtPath(space, ['f']);
      expect(entry?.heads.map((head) => dotKey(head.dot))).toEqual([dotKey(right.dot), dotKey(left.dot)]);
    });
  });
}
