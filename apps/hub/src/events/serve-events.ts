import type { EventType, HubEvent } from '@jzse/api';
import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { Agreement } from '../agree/agreement.ts';

export interface EventDeps {
  readonly store: Pick<HubStore, 'raiseEvents' | 'readEvents'>;
  readonly agreement: Pick<Agreement, 'isNews'>;
}

/** What a region raises. That it differs may be known here already: said once. */
export function raise({ store, agreement }: EventDeps): HubServices['raise'] {
  return async (events) => {
    const news = events.filter((event) => agreement.isNews(event));
    if (news.length > 0) await store.raiseEvents(news);
  };
}

/** In order; only types of our table are ever stored. */
export function readEvents({ store }: EventDeps): HubServices['events'] {
  return async (request) => {
    const rows = await store.readEvents(request);
    return rows.map((row): HubEvent => ({ ...row, type: row.type as EventType, data: { ...row.data } }));
  };
}
