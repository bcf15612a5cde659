/**
 * What hub, regions and clients speak with each other. A line a version, newest first. `schema` is the digest of
 * procedures, inputs, service interfaces and error codes that a test compares with what is there: whoever changes
 * the wire adds a version here and says what changed. Until a version was released, its digest may be replaced.
 */
export const protocolHistory = [{ version: 1, schema: '5b7685912b2f6274', change: 'the first one' }] as const;

export const protocolVersion = protocolHistory[0].version;
