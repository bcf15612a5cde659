import type { EdgeCalls } from './edge-calls.ts';
import { waitFor } from './wait-for.ts';

/** Waits until every region reports the hub's digest (SY13). Answers the verification. */
export async function waitForAgreement(edge: EdgeCalls, options: { readonly deadlineMs?: number; readonly deep?: boolean } = {}) {
  let last = '';
  try {
    return await waitFor({ what: 'all regions report one digest', deadlineMs: options.deadlineMs ?? 60_000, pollMs: 100 }, async () => {
      const verification = await edge.verify({ deep: options.deep ?? false });
      last = JSON.stringify(verification);
      return verification.equal ? verification : null;
    });
  } catch (error) {
    throw new Error(`regions do not agree: ${last}`, { cause: error });
  }
}
