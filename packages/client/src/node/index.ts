export type { RegionToAdmit } from './admit-region.ts';
export { admitRegion } from './admit-region.ts';
export type { FileToPut } from './file-to-put.ts';
export type { GetOptions, GotFile } from './get-file.ts';
export { getFile } from './get-file.ts';
export type { PutFailure, PutFilesOptions, PutProgress } from './put-files.ts';
export { putFiles, sendContent } from './put-files.ts';
