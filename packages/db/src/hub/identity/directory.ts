import type { HubDatabase } from '../open-database.ts';
import { DirectoryChanged, type IdentityStore, type StoredRecord } from './identity-store.ts';

type Directory = Pick<IdentityStore, 'head' | 'put' | 'get' | 'list' | 'find' | 'pageForRegion'>;
interface Row {
  readonly kind: string;
  readonly key: string;
  readonly revision: number;
  readonly state: string | null;
}
const changedState = 'JZ001';

/** Who there is and what they may. */
export function prepareDirectory(database: HubDatabase): Directory {
  return {
    head: async () => {
      const [row] = await database<{ readonly life: string; readonly revision: number }[]>`SELECT life, revision FROM directory_head`;
      if (row === undefined) throw new Error('the directory has a head from its migration on');
      return { life: row.life, revision: row.revision };
    },
    put: async (changes) => {
      try {
        const text = JSON.stringify(changes.map(toJson));
        const [row] = await database<{ readonly revision: number }[]>`SELECT directory_put(${text}::text::json) AS revision`;
        return row?.revision ?? 0;
      } catch (cause) {
        throw isChanged(cause) ? new DirectoryChanged() : cause;
      }
    },
    get: async (kind, key) => {
      const [row] = await database<Row[]>`SELECT kind, key, revision, state FROM directory_record WHERE kind = ${kind} AND key = ${key}`;
      return row === undefined ? null : toRecord(row);
    },
    list: async (kind, { after, limit }) => {
      const rows = await database<Row[]>`
        SELECT kind, key, revision, state FROM directory_record
        WHERE kind = ${kind} AND key > ${after ?? ''} AND state IS NOT NULL ORDER BY key LIMIT ${limit}`;
      return rows.map(toRecord);
    },
    find: async (kind, term) => {
      const rows = await database<Row[]>`
        SELECT kind, key, revision, state FROM directory_term JOIN directory_record USING (kind, key)
        WHERE kind = ${kind} AND term = ${term} AND state IS NOT NULL ORDER BY key`;
      return rows.map(toRecord);
    },
    pageForRegion: preparePageForRegion(database),
  };
}

function preparePageForRegion(database: HubDatabase): Directory['pageForRegion'] {
  return async ({ region, after, limit }) => {
    const rows = await database<(Row & { readonly life: string; readonly head: number })[]>`
      WITH hidden AS (
        SELECT coalesce(array_agg(space), '{}') AS spaces FROM directory_term JOIN directory_record USING (kind, key)
        WHERE kind = 'placement' AND term = ${`region/${region}`} AND state::json ->> 'placement' = 'none'
      )
      SELECT life, head.revision AS head, record.kind, record.key, record.revision,
        CASE WHEN record.state IS NULL THEN NULL
          WHEN record.kind IN ('key', 'region') THEN record.state
          WHEN record.kind = 'placement' AND EXISTS (
            SELECT FROM directory_term WHERE kind = 'placement' AND term = ${`region/${region}`} AND key = record.key) THEN record.state
          WHEN record.space IS NOT NULL THEN CASE WHEN record.space <> ALL (hidden.spaces) THEN record.state END
          WHEN record.kind = 'group' THEN CASE WHEN directory_subject_concerns('group/' || record.key, hidden.spaces) THEN record.state END
          WHEN record.person IS NOT NULL THEN CASE WHEN directory_person_concerns(record.person, hidden.spaces) THEN record.state END
        END AS state
      FROM directory_head AS head CROSS JOIN hidden LEFT JOIN LATERAL (
        SELECT kind, key, revision, state, space, person FROM directory_record WHERE revision > ${after} ORDER BY revision LIMIT ${limit}
      ) AS record ON true ORDER BY record.revision`;
    const [first] = rows;
    if (first === undefined) throw new Error('the directory has a head from its migration on');
    // The head is there even when nothing is new.
    const records = first.kind === null ? [] : rows.map(toRecord);
    const isLast = records.length < limit;
    return { life: first.life, records, isLast, revision: isLast ? first.head : (records.at(-1)?.revision ?? after) };
  };
}

const toRecord = ({ kind, key, revision, state }: Row): StoredRecord => ({
  kind,
  key,
  revision,
  state: state === null ? null : (JSON.parse(state) as object),
});

function toJson({ was, state, ...change }: Parameters<Directory['put']>[0][number]): object {
  return {
    ...change,
    terms: state === null ? [] : change.terms,
    state: text(state),
    isGuarded: was !== undefined,
    was: was === undefined ? null : text(was),
  };
}

const text = (state: object | null): string | null => (state === null ? null : JSON.stringify(state));

const isChanged = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === changedState;
