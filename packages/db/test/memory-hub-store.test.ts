import { describeHubStore, describeMetadataStore, openMemoryHubStore } from '../src/testing/index.ts';

describeHubStore('the hub store in memory', async () => {
  const store = openMemoryHubStore();
  return { store, remove: () => store.close() };
});
