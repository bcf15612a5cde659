export type { ErrorCode, ErrorCodeRow } from './error-code.ts';
export { errorCodes, JzseError } from './error-code.ts';
