import type { EventRow, HubStore } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';

type Events = Pick<HubStore, 'raiseEvents' | 'readEvents'>;

/** Older ones go when new ones are raised. */
const eventsKept = 100_000;

/** What operators and people should hear of, in the order of the commits: whoever reads on after a sequence misses none. */
export function prepareEvents(database: HubDatabase): Events {
  return {
    raiseEvents: async (events) => {
      if (events.length === 0) return;
      await database`
        WITH head AS (
          UPDATE event_head SET sequence = sequence + ${events.length}::bigint RETURNING sequence AS last, sequence - ${events.length}::bigint AS before
        ), old AS (
          DELETE FROM event USING head WHERE event.sequence <= head.last - ${eventsKept}::bigint
        )
        INSERT INTO event (sequence, type, space, region, at_ms, data)
        SELECT before + at, type, space, region, at_ms, data FROM head CROSS JOIN unnest(
          ${events.map(({ type }) => type)}::text[],
          ${events.map(({ space }) => space)}::text[],
          ${events.map(({ region }) => region)}::text[],
          ${events.map(({ atMs }) => atMs)}::bigint[],
          ${events.map(({ data }) => JSON.stringify(data))}::text[]) WITH ORDINALITY AS new(type, space, region, at_ms, data, at)`;
    },
    readEvents: async ({ after, limit, types }) => {
      const ofTypes = types === null ? database`` : database`AND type = ANY (${[...types]}::text[])`;
      const rows = await database<(Omit<EventRow, 'data'> & { readonly data: string })[]>`
        SELECT sequence, type, space, region, at_ms AS "atMs", data FROM event WHERE sequence > ${after} ${ofTypes} ORDER BY sequence LIMIT ${limit}`;
      return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as EventRow['data'] }));
    },
  };
}
