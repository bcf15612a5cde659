import { applyOperation, type FeedRow, type Operation, rootId, TreeOverlay } from '@jzse/sync';
import { expect, test } from 'vitest';
import { feedRowText, parseFeedRow } from '../src/hub/feed-row-text.ts';
import { createJsonTexts } from '../src/hub/json-texts.ts';
import { createLoadedTree } from '../src/hub/loaded-tree.ts';
import { TestAuthor, testContent } from '../src/testing/index.ts';

/** The rows of operations on an empty tree. */
function rowsOf(operations: readonly Operation[]): FeedRow[] {
  const tree = createLoadedTree();
  for (const { entryId } of operations) {
    tree.addEntry(entryId, null);
    tree.addAlias(entryId, null);
  }
  tree.addChildren(rootId, []);
  for (const { entryId } of operations) tree.addChildren(entryId, []);
  const overlay = new TreeOverlay(tree);
  return operations.map((operation, index) => {
    const position = { epoch: 3, sequence: index + 1 };
    const effects = applyOperation(overlay, operation, { position, forks: {} });
    overlay.apply(effects);
    return { position, operation, effects };
  });
}

const left = new TestAuthor('beijing:1');
const right = new TestAuthor('shanghai:1');
const folder = left.createFolder(rootId, 'd');
const file = left.createFile(folder.entryId, 'f "\\ \u2028 文');
const siblings = [left.write(file.entryId, [file.dot]), right.write(file.entryId, [file.dot])];
const rows = rowsOf([
  folder,
  file,
  ...siblings,
  right.createFile(folder.entryId, 'F "\\ \u2028 文', testContent('another')),
  left.move(file.entryId, rootId, 'g'),
  left.resolve(
    file.entryId,
    siblings.map(({ dot }) => dot),
    testContent('merged'),
  ),
  left.delete(folder.entryId, []),
  left.restore(file.entryId, testContent('restored')),
]);

test('a row reads as it was written', () => {
  const texts = createJsonTexts();
  for (const row of [...rows, ...rows.map((each) => ({ ...each, digest: 'abc' }))])
    expect(parseFeedRow(feedRowText(row, texts))).toEqual(row);
});

test('a row is stored without what it repeats, and one of an earlier schema reads too', () => {
  const create = rows[1] as FeedRow;
  expect(feedRowText(create, createJsonTexts()).length).toBeLessThan(0.6 * JSON.stringify(create).length);
  for (const row of rows) expect(parseFeedRow(JSON.stringify(row))).toEqual(row);
});

test('what the core did not take from the operation as it is stays as it was', () => {
  const create = rows[1] as FeedRow;
  const copied = JSON.parse(JSON.stringify(create)) as FeedRow;
  const [entry, version] = copied.effects;
  if (entry?.type !== 'entry' || version?.type !== 'version') throw new Error('a create has both');
  const other: FeedRow = {
    ...create,
    effects: [entry, { ...version, version: { ...version.version, stamp: { ...version.version.stamp, wallMs: 7 } } }],
  };
  expect(parseFeedRow(feedRowText(other, createJsonTexts()))).toEqual(other);
});
