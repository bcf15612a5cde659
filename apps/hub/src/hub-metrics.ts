import { Counter, Gauge, type Registry } from 'prom-client';

export interface HubMetrics {
  integrated(operations: number): void;
}

export function createHubMetrics(registry: Registry, { readerCount }: { readonly readerCount: () => number }): HubMetrics {
  const operations = new Counter({ name: 'jzse_hub_operations_total', help: 'Operations appended to feeds', registers: [registry] });
  new Gauge({
    name: 'jzse_hub_wake_up_readers',
    help: 'Regions that listen for wake-ups now',
    registers: [registry],
    collect() {
      this.set(readerCount());
    },
  });
  return { integrated: (count) => operations.inc(count) };
}
