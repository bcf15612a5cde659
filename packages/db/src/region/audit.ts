import type { GroupCommit } from './group-commit.ts';
import type { RegionDatabase } from './open-database.ts';

export interface AuditChainRow {
  readonly writer: string;
  /** Of the last record; 0: there is none yet. */
  readonly sequence: number;
  readonly hash: string;
  /** The hub has it up to here. */
  readonly acknowledged: number;
}
/** `record` is JSON text. */
export interface AuditRow {
  readonly sequence: number;
  readonly atMs: number;
  readonly hash: string;
  readonly record: string;
}

/** What was done in this region, as a chain of records. */
export interface RegionAudit {
  /** Null: no chain was begun. */
  chain(): AuditChainRow | null;
  /** Given where the chain ends inside the transaction, makes the rows that follow. Must be synchronous. */
  append(follow: (chain: AuditChainRow) => readonly AuditRow[]): Promise<void>;
  /** In order, from the first after `after`. */
  read(after: number, limit: number): readonly AuditRow['record'][];
  /** Up to there the hub has it, and no further. */
  acknowledge(sequence: number): Promise<void>;
  /** Another chain takes the place of this one. What the hub does not have of it becomes the beginning of the new one, a part at a time, in one transaction. */
  begin(
    writer: string,
    start: string,
    rechain: (chain: AuditChainRow, unsent: readonly AuditRow['record'][]) => readonly AuditRow[],
  ): Promise<void>;
  /** Rows that the hub has and that are older go, a step at a time; answers how many. */
  prune(olderThanMs: number, limit: number): Promise<number>;
}

const rowsPerPart = 500;

export function prepareAudit(database: RegionDatabase, group: Pick<GroupCommit, 'run'>): RegionAudit {
  const chain = database.prepare<[], AuditChainRow>('SELECT writer, sequence, hash, acknowledged FROM audit_chain WHERE one = 1');
  const put = database.prepare(
    `INSERT INTO audit_chain (one, writer, sequence, hash, acknowledged) VALUES (1, @writer, @sequence, @hash, @acknowledged)
     ON CONFLICT (one) DO UPDATE SET writer = excluded.writer, sequence = excluded.sequence, hash = excluded.hash, acknowledged = excluded.acknowledged`,
  );
  const insert = database.prepare('INSERT INTO audit (sequence, at_ms, record) VALUES (?, ?, ?)');
  const read = database.prepare<[number, number], string>('SELECT record FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?').pluck();
  const acknowledge = database.prepare('UPDATE audit_chain SET acknowledged = min(?, sequence) WHERE one = 1');
  const oldest = database.prepare<[number, number], { readonly sequence: number; readonly atMs: number }>(
    'SELECT sequence, at_ms AS atMs FROM audit WHERE sequence <= ? ORDER BY sequence LIMIT ?',
  );
  const dropUpTo = database.prepare('DELETE FROM audit WHERE sequence <= ?');

  const dropBetween = database.prepare('DELETE FROM audit WHERE sequence > ? AND sequence <= ?');
  const unsent = database.prepare<[number, number], { readonly sequence: number; readonly record: string }>(
    'SELECT sequence, record FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?',
  );
  const insertAll = (before: AuditChainRow, rows: readonly AuditRow[]): AuditChainRow => {
    for (const { sequence, atMs, record } of rows) insert.run(sequence, atMs, record);
    const last = rows.at(-1);
    const after = last === undefined ? before : { ...before, sequence: last.sequence, hash: last.hash };
    put.run(after);
    return after;
  };
  return {
    chain: () => chain.get() ?? null,
    append: (follow) =>
      group.run(() => {
        const before = chain.get();
        if (before === undefined) throw new Error('a chain of records must be begun before it can go on');
        insertAll(before, follow(before));
      }),
    read: (after, limit) => read.all(after, limit),
    acknowledge: (sequence) => group.run(() => void acknowledge.run(sequence)),
    begin: (writer, start, rechain) =>
      group.run(() => {
        let after = chain.get()?.acknowledged ?? 0;
        let end = insertAll({ writer, sequence: 0, hash: start, acknowledged: 0 }, []);
        dropUpTo.run(after);
        for (;;) {
          const page = unsent.all(after, rowsPerPart);
          const last = page.at(-1);
          if (last === undefined) return;
          // Their new sequences are no higher than those of the rows before them, which are gone.
          dropBetween.run(after, last.sequence);
          after = last.sequence;
          end = insertAll(
            end,
            rechain(
              end,
              page.map(({ record }) => record),
            ),
          );
        }
      }),
    prune: (olderThanMs, limit) =>
      group.run(() => {
        const rows = oldest.all(chain.get()?.acknowledged ?? 0, limit);
        const young = rows.findIndex(({ atMs }) => atMs >= olderThanMs);
        const last = rows.at(young === -1 ? rows.length - 1 : young - 1);
        return last === undefined || young === 0 ? 0 : dropUpTo.run(last.sequence).changes;
      }),
  };
}
