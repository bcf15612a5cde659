import type { RegionStore } from '@jzse/db/region';
import { showBreakers } from '@jzse/gateway';
import { Gauge, type Registry } from 'prom-client';

export interface EdgeMetricsDeps {
  readonly store: Pick<RegionStore, 'listSpaces' | 'outboxSize' | 'wantedCount'>;
  readonly contact: { reachable(): boolean };
  readonly breakers: Parameters<typeof showBreakers>[1];
}

/** Read when somebody asks, never in between. */
export function addEdgeMetrics(registry: Registry, { store, contact, breakers }: EdgeMetricsDeps): void {
  showBreakers(registry, breakers);
  const registers = [registry];
  new Gauge({
    name: 'jzse_edge_outbox_operations',
    help: 'Operations that the hub has not acknowledged',
    labelNames: ['space'],
    registers,
    async collect() {
      for (const space of await store.listSpaces()) this.set({ space }, await store.outboxSize(space));
    },
  });
  new Gauge({
    name: 'jzse_edge_transfers_leased',
    help: 'Transfers leased from the hub and not done',
    registers,
    async collect() {
      this.set(await store.wantedCount());
    },
  });
  new Gauge({
    name: 'jzse_edge_hub_reachable',
    help: '1 when the hub answered last',
    registers,
    collect() {
      this.set(contact.reachable() ? 1 : 0);
    },
  });
}
