import { completeStored } from './uploads/complete-upload.ts';
import type { WriteDeps } from './write-deps.ts';

/** More than these wait until their client asks. */
const uploadsMax = 1000;

/**
 * At start-up, before anybody can send to them: commits uploads whose last byte was durable when the process ended.
 * One that is refused stays, and its client is told why when it asks. Answers how many became versions.
 */
export async function resumeUploads(deps: WriteDeps): Promise<number> {
  let completed = 0;
  for (const id of await deps.store.wholeUploads(uploadsMax)) {
    const row = await deps.store.upload(id);
    if (row === null) continue;
    try {
      await completeStored(deps, row);
      completed++;
    } catch {
      // Its client hears the reason, and can do something about it.
    }
  }
  return completed;
}
