import type { GroupCommit } from './group-commit.ts';
import type { RegionDatabase } from './open-database.ts';

/** A session that only this region knows. */
export interface RegionalSession {
  readonly id: string;
  readonly user: string;
  readonly device: string;
  /** The API token that it stands for; null: a person's own, opened while the hub was away. */
  readonly token: string | null;
  readonly cookieHash: string | null;
  readonly refreshHash: string | null;
  readonly createdMs: number;
  readonly expiresMs: number;
}

/** Reads answer at once. */
export interface RegionalSessions {
  open(session: RegionalSession): Promise<void>;
  find(id: string): RegionalSession | null;
  ofUser(user: string): RegionalSession[];
  close(id: string): Promise<void>;
  /** Those whose time is over go, a step at a time; answers how many. */
  expire(nowMs: number, limit: number): Promise<number>;
}

export function prepareRegionalSessions(database: RegionDatabase, group: Pick<GroupCommit, 'run'>): RegionalSessions {
  const columns =
    'id, user, device, token, cookie_hash AS cookieHash, refresh_hash AS refreshHash, created_ms AS createdMs, expires_ms AS expiresMs';
  const open = database.prepare(
    `INSERT INTO regional_session (id, user, device, token, cookie_hash, refresh_hash, created_ms, expires_ms)
     VALUES (@id, @user, @device, @token, @cookieHash, @refreshHash, @createdMs, @expiresMs)`,
  );
  const find = database.prepare<[string], RegionalSession>(`SELECT ${columns} FROM regional_session WHERE id = ?`);
  const ofUser = database.prepare<[string], RegionalSession>(
    `SELECT ${columns} FROM regional_session WHERE user = ? ORDER BY created_ms, id`,
  );
  const close = database.prepare('DELETE FROM regional_session WHERE id = ?');
  const expire = database.prepare(
    'DELETE FROM regional_session WHERE id IN (SELECT id FROM regional_session WHERE expires_ms < ? ORDER BY expires_ms LIMIT ?)',
  );
  return {
    open: (session) => group.run(() => void open.run(session)),
    find: (id) => find.get(id) ?? null,
    ofUser: (user) => ofUser.all(user),
    close: (id) => group.run(() => void close.run(id)),
    expire: (nowMs, limit) => group.run(() => expire.run(nowMs, limit).changes),
  };
}

/** How often links were used here. */
export interface LinkUses {
  count(link: string): number;
  /** One more, if that is not too many; answers whether it counted. Two at the same moment are two. */
  add(link: string, usesMax: number | null): Promise<boolean>;
}

export function prepareLinkUses(database: RegionDatabase, group: Pick<GroupCommit, 'run'>): LinkUses {
  const read = database.prepare<[string], number>('SELECT uses FROM link_use WHERE link = ?').pluck();
  const add = database.prepare('INSERT INTO link_use (link, uses) VALUES (?, 1) ON CONFLICT (link) DO UPDATE SET uses = uses + 1');
  const count = (link: string): number => read.get(link) ?? 0;
  return {
    count,
    add: (link, usesMax) =>
      group.run(() => {
        if (usesMax !== null && count(link) >= usesMax) return false;
        add.run(link);
        return true;
      }),
  };
}
