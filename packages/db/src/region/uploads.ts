import type { Author, ChunkHashAndSize, Dot, SpaceId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { UploadRow, UploadStep } from './region-store.ts';

/** Somebody else moved the upload on, or it is gone: read it again. */
export class StaleUpload extends Error {
  constructor(id: string) {
    super(`upload ${id} is no longer at the offset that was expected`);
    this.name = 'StaleUpload';
  }
}

export interface Uploads {
  create(row: UploadRow): void;
  read(id: string): UploadRow | null;
  chunks(id: string): ChunkHashAndSize[];
  advance(id: string, step: UploadStep): void;
  /** Committed: its chunks are named by what it became. */
  complete(id: string): void;
  remove(id: string): void;
  /** Not committed, though all bytes are here. */
  whole(limit: number): string[];
  /** Those whose time is over go; answers which. An upload that was prolonged before stays. */
  removeExpired(nowMs: number, limit: number): string[];
}

interface Row {
  readonly id: string;
  readonly space: SpaceId;
  readonly path: string;
  readonly metadata: string;
  readonly length: number | null;
  readonly offset: number;
  readonly expiresAtMs: number;
  readonly base: string | null;
  readonly kind: UploadRow['kind'];
  readonly completed: number;
  readonly concat: string | null;
  readonly author: string | null;
  readonly tail: Uint8Array;
}

export function prepareUploads(database: RegionDatabase): Uploads {
  const create = database.prepare(
    `INSERT INTO upload (id, space, path, metadata, length, offset, expires_ms, base, kind, completed, concat, author, tail)
     VALUES (@id, @space, @path, @metadata, @length, @offset, @expiresAtMs, @base, @kind, @completed, @concat, @author, @tail)`,
  );
  const read = database.prepare<[string], Row>(
    'SELECT id, space, path, metadata, length, offset, expires_ms AS expiresAtMs, base, kind, completed, concat, author, tail FROM upload WHERE id = ?',
  );
  const chunks = database.prepare<[string], ChunkHashAndSize>('SELECT hash, size FROM upload_chunk WHERE upload_id = ? ORDER BY ordinal');
  const chunkCount = database
    .prepare<[string], number>('SELECT coalesce(max(ordinal) + 1, 0) FROM upload_chunk WHERE upload_id = ?')
    .pluck();
  const addChunk = database.prepare('INSERT INTO upload_chunk (upload_id, ordinal, hash, size) VALUES (?, ?, ?, ?)');
  const advance = database.prepare(
    'UPDATE upload SET offset = ?, tail = ?, length = coalesce(?, length), completed = max(completed, ?), expires_ms = coalesce(?, expires_ms) WHERE id = ? AND offset = ?',
  );
  const complete = database.prepare("UPDATE upload SET completed = 1, offset = length, tail = x'' WHERE id = ?");
  const forgetChunks = database.prepare('DELETE FROM upload_chunk WHERE upload_id = ?');
  const whole = database
    .prepare<[number], string>("SELECT id FROM upload WHERE offset = length AND completed = 0 AND kind = 'single' LIMIT ?")
    .pluck();
  const remove = database.prepare('DELETE FROM upload WHERE id = ?');
  const removeExpired = database
    .prepare<[number, number], string>(
      'DELETE FROM upload WHERE id IN (SELECT id FROM upload WHERE expires_ms < ? ORDER BY expires_ms LIMIT ?) RETURNING id',
    )
    .pluck();

  return {
    create: (row) =>
      void create.run({
        ...row,
        base: row.base === null ? null : JSON.stringify(row.base),
        completed: row.completed ? 1 : 0,
        concat: row.concat ?? null,
        author: row.author == null ? null : JSON.stringify(row.author),
      }),
    read: (id) => {
      const row = read.get(id);
      if (row === undefined) return null;
      return {
        ...row,
        base: row.base === null ? null : (JSON.parse(row.base) as Dot[]),
        completed: row.completed === 1,
        author: row.author === null ? null : (JSON.parse(row.author) as Author),
      };
    },
    chunks: (id) => chunks.all(id),
    advance: (id, step) => {
      const completed = step.completed === true ? 1 : 0;
      const { changes } = advance.run(
        step.toOffset,
        step.tail,
        step.length ?? null,
        completed,
        step.expiresAtMs ?? null,
        id,
        step.fromOffset,
      );
      if (changes === 0) throw new StaleUpload(id);
      let ordinal = chunkCount.get(id) ?? 0;
      for (const chunk of step.sealed) addChunk.run(id, ordinal++, chunk.hash, chunk.size);
    },
    complete: (id) => {
      complete.run(id);
      forgetChunks.run(id);
    },
    whole: (limit) => whole.all(limit),
    remove: (id) => void remove.run(id),
    removeExpired: (nowMs, limit) => removeExpired.all(nowMs, limit),
  };
}
