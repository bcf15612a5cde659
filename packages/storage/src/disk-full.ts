import { StorageFull } from './chunk-store.ts';

/** What a file system or SQLite says when there is no room. */
const codes = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE']);

/** `StorageFull` for everything that means it; any other cause as it is. */
export const asStorageFull = (cause: unknown): unknown => (isDiskFull(cause) ? new StorageFull(cause) : cause);

const isDiskFull = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && codes.has(String(cause.code));
