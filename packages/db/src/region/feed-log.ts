import type { Dot, FeedPosition, FeedRow, Operation } from '@jzse/sync';
import { dotKey, parseDotKey } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { TreeKey } from './space-tree.ts';

/** Feed rows that this region keeps, to offer them to a hub that lost them (SY10). */
export interface FeedLog {
  append(tree: TreeKey, row: Pick<FeedRow, 'position' | 'operation'>): void;
  /** From the first or from the last row, a page at a time. */
  forwards(tree: TreeKey): Generator<Operation>;
  backwards(tree: TreeKey): Generator<Operation>;
  prune(tree: TreeKey, upTo: FeedPosition, limit: number): number;
  /** Of the row with this sequence in that epoch, or in an earlier one that it went on from. */
  dot(tree: TreeKey, position: FeedPosition): Dot | null;
  /** The row of exactly this position. */
  operation(tree: TreeKey, position: FeedPosition): Operation | null;
  range(tree: TreeKey): { readonly first: FeedPosition; readonly last: FeedPosition } | null;
}

interface Row extends FeedPosition {
  readonly operation: string;
}
const pageRows = 500;
const start: FeedPosition = { epoch: -1, sequence: 0 };
const end: FeedPosition = { epoch: Number.MAX_SAFE_INTEGER, sequence: 0 };

export function prepareFeedLog(database: RegionDatabase): FeedLog {
  const append = database.prepare('INSERT INTO feed (tree, epoch, sequence, dot, operation) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const select = (order: string): string =>
    `SELECT epoch, sequence, operation FROM feed WHERE tree = ? AND (epoch, sequence) ${order === 'ASC' ? '>' : '<'} (?, ?)
     ORDER BY epoch ${order}, sequence ${order} LIMIT ?`;
  const pageAfter = database.prepare<[string, number, number, number], Row>(select('ASC'));
  const pageBefore = database.prepare<[string, number, number, number], Row>(select('DESC'));
  // All rows are of one log, whose sequences go on through its epochs: what an earlier epoch handed on beyond `upTo` stays.
  const prune = database.prepare<[{ readonly tree: TreeKey; readonly epoch: number; readonly sequence: number; readonly limit: number }]>(
    `DELETE FROM feed WHERE rowid IN (
       SELECT rowid FROM feed WHERE tree = @tree AND epoch < @epoch AND sequence <= @sequence
       UNION ALL SELECT rowid FROM feed WHERE tree = @tree AND epoch = @epoch AND sequence <= @sequence LIMIT @limit)`,
  );
  const epochUpTo = database
    .prepare<[string, number], number>('SELECT epoch FROM feed WHERE tree = ? AND epoch <= ? ORDER BY epoch DESC LIMIT 1')
    .pluck();
  const dotAt = database
    .prepare<[string, number, number], string>('SELECT dot FROM feed WHERE tree = ? AND epoch = ? AND sequence = ?')
    .pluck();
  const operationAt = database
    .prepare<[string, number, number], string>('SELECT operation FROM feed WHERE tree = ? AND epoch = ? AND sequence = ?')
    .pluck();
  const position = (order: string) =>
    database.prepare<[string], FeedPosition>(
      `SELECT epoch, sequence FROM feed WHERE tree = ? ORDER BY epoch ${order}, sequence ${order} LIMIT 1`,
    );
  const [first, last] = [position('ASC'), position('DESC')];

  function* pages(tree: TreeKey, from: FeedPosition, page: typeof pageAfter): Generator<Operation> {
    let at = from;
    for (;;) {
      const rows = page.all(tree, at.epoch, at.sequence, pageRows);
      for (const row of rows) yield JSON.parse(row.operation) as Operation;
      const reached = rows.at(-1);
      if (reached === undefined || rows.length < pageRows) return;
      at = reached;
    }
  }

  return {
    append: (tree, { position: { epoch, sequence }, operation }) =>
      void append.run(tree, epoch, sequence, dotKey(operation.dot), JSON.stringify(operation)),
    forwards: (tree) => pages(tree, start, pageAfter),
    backwards: (tree) => pages(tree, end, pageBefore),
    prune: (tree, { epoch, sequence }, limit) => prune.run({ tree, epoch, sequence, limit }).changes,
    dot: (tree, { epoch, sequence }) => {
      for (let at = epochUpTo.get(tree, epoch); at !== undefined; at = epochUpTo.get(tree, at - 1)) {
        const found = dotAt.get(tree, at, sequence);
        if (found !== undefined) return parseDotKey(found);
      }
      return null;
    },
    operation: (tree, { epoch, sequence }) => {
      const found = operationAt.get(tree, epoch, sequence);
      return found === undefined ? null : (JSON.parse(found) as Operation);
    },
    range: (tree) => {
      const [from, to] = [first.get(tree), last.get(tree)];
      return from === undefined || to === undefined ? null : { first: from, last: to };
    },
  };
}
