export type { MetadataStoreFixture } from './metadata-store.contract.ts';
export { describeMetadataStore } from './metadata-store.contract.ts';
export { TestAuthor, testContent } from './test-author.ts';
