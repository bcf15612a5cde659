export { describeHubLog } from './hub-log.contract.ts';
export { describeHubPast } from './hub-past.contract.ts';
export { describeHubStore } from './hub-store.contract.ts';
export type { HubStoreFixture } from './hub-store-fixture.ts';
export { describeHubWork } from './hub-work.contract.ts';
export type { MetadataStoreFixture } from './metadata-store.contract.ts';
export { describeMetadataStore } from './metadata-store.contract.ts';
export { TestAuthor, testContent } from './test-author.ts';
export { TestTree } from './test-tree.ts';
