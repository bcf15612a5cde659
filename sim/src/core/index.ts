export type { CoreRunOptions } from './run-core-cli.ts';
export { runCoreCli } from './run-core-cli.ts';
