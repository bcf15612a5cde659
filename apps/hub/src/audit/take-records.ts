import { JzseError } from '@jzse/api';
import type { AuditEntry, AuditServices } from '@jzse/api/hub';
import type { AuditStore, HubStore } from '@jzse/db/hub';
import { chainStart, continueChain } from '@jzse/identity';
import type { RegionId } from '@jzse/sync';
import { toRow } from './stored-record.ts';

export interface TakeRecordsDeps {
  readonly store: Pick<AuditStore, 'chain' | 'append'>;
  readonly events: Pick<HubStore, 'raiseEvents'>;
  /** Into the hub's own chain. */
  readonly note: (entry: AuditEntry) => void;
  readonly nowMs: () => number;
}

/** Another call for the same writer may come in between, after a time-out: it adds the same records. */
const triesMax = 5;

/** Only what follows on what is here. Replays change nothing; a gap is answered with where the chain ends; a break is refused, and told. */
export function takeRecords(deps: TakeRecordsDeps): AuditServices['appendAudit'] {
  return async (writer, records) => {
    for (let tries = 0; tries < triesMax; tries++) {
      const end = await deps.store.chain(writer);
      const next = records.some((record) => record.writer !== writer)
        ? ({ type: 'break', sequence: records[0]?.sequence ?? 0 } as const)
        : continueChain(end ?? chainStart, records);
      if (next.type === 'gap') return { sequence: end?.sequence ?? 0 };
      if (next.type === 'break') return refuse(deps, writer, { at: next.sequence, end: end?.sequence ?? 0 });
      if (next.records.length === 0) return { sequence: end?.sequence ?? 0 };
      if (await deps.store.append(next.records.map(toRow), end, deps.nowMs())) return { sequence: next.records.at(-1)?.sequence ?? 0 };
    }
    throw new JzseError('not-ready', 'these records are being added by another call: send them again');
  };
}

async function refuse(
  { events, note, nowMs }: TakeRecordsDeps,
  writer: string,
  { at, end }: { readonly at: number; readonly end: number },
): Promise<never> {
  const region = writer.slice(0, writer.indexOf(':')) as RegionId;
  const atMs = nowMs();
  const nowhere = { space: null, address: null, requestId: null };
  note({
    ...nowhere,
    atMs,
    actor: `region/${region}`,
    action: 'audit.broken',
    target: writer,
    result: 'invalid-input',
    detail: { at, end },
  });
  await events.raiseEvents([{ type: 'audit-broken', space: null, region, atMs, data: { writer, at, end } }]);
  throw new JzseError('invalid-input', `record ${at} of ${writer} does not follow on what the hub has of it`, { detail: { brokenAt: at } });
}
