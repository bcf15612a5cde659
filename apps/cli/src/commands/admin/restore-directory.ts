import { setTimeout as sleep } from 'node:timers/promises';
import type { DirectoryRestore } from '@jzse/api/hub';
import type { HubClient } from '@jzse/client';

const waitMs = 20_000;
const everyMs = 1_000;

/** Has the regions bring back who there was, and waits a while for those that are there. Null: the hub knows more than its first admin. */
export async function restoreDirectory(hub: HubClient): Promise<DirectoryRestore | null> {
  const untilMs = Date.now() + waitMs;
  for (;;) {
    const restore = await hub.trpc.fleet.restoreDirectory.mutate();
    if (restore === null || restore.awaited.length === 0 || Date.now() >= untilMs) return restore;
    await sleep(everyMs);
  }
}

const names = {
  user: 'people',
  group: 'groups',
  member: 'members',
  grant: 'grants',
  link: 'links',
  token: 'tokens',
  placement: 'placements',
  quota: 'quotas',
} as const satisfies Record<keyof DirectoryRestore['taken'], string>;

export function toldOfDirectory({ taken, offered, awaited, untilMs }: DirectoryRestore): string {
  const kinds = Object.keys(names) as (keyof typeof names)[];
  const found = kinds.filter((kind) => taken[kind] > 0);
  const until = new Date(untilMs).toISOString();
  const lines = [
    found.length === 0
      ? 'people: nobody came back'
      : `${found.map((kind) => names[kind]).join(', ')}: ${found.map((kind) => taken[kind]).join(', ')} from ${offered.join(', ')}`,
    ...(awaited.length === 0 ? [] : [`${awaited.join(', ')}: no answer yet; asked until ${until}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
