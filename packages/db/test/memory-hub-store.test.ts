import { describeHubStore, describeMetadataStore, openMemoryHubStore } from '../src/testing/index.ts';

describeHubStore('the hub store in memory', async () => {
  const store = openMemoryHubStore();
  return { store, remove: () => store.close() };
});

describeMetadataStore('the hub store in memory', async () => {
  const store = openMemoryHubStore();
  return {
    store,
    take: async (space, operations) => {
      const region = operations[0]?.author.region;
      if (region !== undefined) await store.integrate({ space, epoch: 0, region, operations, nowMs: 10_000 });
    },
    remove: () => store.close(),
  };
});
