import Database from 'better-sqlite3';

/** Changes rows behind the store's back, as no rule allows: what a bad disk or a bug does. */
export function rotRegion(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}
