import { pause } from './back-off.ts';
import { readCode } from './nearest/refusal.ts';
import { canSendAgain } from './nearest/repeatable.ts';

const attemptsMax = 8;
const waitMsMin = 200;
const waitMsMax = 2_000;

/**
 * A server that has more to do than it can refuses before it has begun (`overloaded`): the same request is sent again a little later, unless
 * its body is a stream that is gone. What was answered last is returned.
 */
export async function sendWhenBusy(send: () => Promise<Response>, init: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const { response, code } = await readCode(await send());
    if (code !== 'overloaded' || attempt === attemptsMax || !canSendAgain(init.body)) return response;
    await pause(waitMs(response.headers.get('retry-after')), init.signal ?? undefined);
    init.signal?.throwIfAborted();
  }
}

/** No two of those who were refused together come back together. */
function waitMs(retryAfter: string | null): number {
  const askedMs = Number(retryAfter ?? 0) * 1_000;
  const fullMs = Math.min(waitMsMax, Math.max(waitMsMin, Number.isFinite(askedMs) ? askedMs : 0));
  return fullMs / 2 + Math.random() * fullMs;
}
