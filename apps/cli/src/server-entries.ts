/** Where the servers start. They are programs, run as such; nothing of them is imported. */
export const hubEntry = new URL('../../hub/src/main.ts', import.meta.url);
export const edgeEntry = new URL('../../edge-node/src/main.ts', import.meta.url);
