import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { RegionDatabase } from './open-database.ts';

/** Rows that a step looks at before others get their turn. */
const rowsPerTurn = 500;

/**
 * Runs steps over one unchanging view of the database, with turns for others in between; a step yields how many rows it looked at.
 * While it runs, the write-ahead log keeps what the view needs.
 */
export async function inReadView<T>(database: RegionDatabase, steps: (view: RegionDatabase) => Generator<number, T>): Promise<T> {
  // A database in memory has no second connection: then nobody gets a turn.
  if (database.memory) return finish(steps(database));
  const view = new Database(database.name, { readonly: true });
  try {
    view.exec('BEGIN');
    return await finishInTurns(steps(view));
  } finally {
    view.close();
  }
}

async function finishInTurns<T>(walk: Generator<number, T>): Promise<T> {
  for (let rows = 0; ; ) {
    const step = walk.next();
    if (step.done === true) return step.value;
    rows += step.value;
    if (rows < rowsPerTurn) continue;
    rows = 0;
    await nextTurn();
  }
}

/** All steps at once. */
export function finish<T>(walk: Generator<number, T>): T {
  for (;;) {
    const step = walk.next();
    if (step.done === true) return step.value;
  }
}
