export type { ErrorCode, ErrorCodeRow } from './error-code.ts';
export { errorCodes, JzseError } from './error-code.ts';
export { pageItemsMax } from './schemas.ts';
export type { WireError } from './trpc-errors.ts';
