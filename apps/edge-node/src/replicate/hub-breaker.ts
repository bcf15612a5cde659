import { JzseError } from '@jzse/api';
import { type BreakerState, createBreakers, TargetBroken } from '@jzse/gateway';
import type { HubPort } from './hub-port.ts';

/** What somebody waits for: when the hub is silent they hear so at once, and not each after a time-out of their own. */
export interface HubBreaker {
  /** The same port, with a breaker before its questions. Loops go on asking as they do: their back-off is their own. */
  readonly guard: (hub: HubPort) => HubPort;
  /** For calls that are no part of the port. Throws `hub-unreachable` at once while the hub is silent. */
  readonly ask: <T>(call: () => Promise<T>) => Promise<T>;
  /** The hub was heard of. */
  readonly answered: () => void;
  readonly states: () => readonly { readonly target: string; readonly state: BreakerState }[];
}

const failuresToBreak = 2;
const askAgainAfterMs = 1_000;
/** A refused connection is no reason not to try again: nobody has waited for it, and the hub may be there now. */
const quickMs = 250;
const target = 'hub';

/** A failure that cost no time. */
class Quick extends Error {}

export function createHubBreaker(nowMs: () => number): HubBreaker {
  const breakers = createBreakers({
    failuresToBreak,
    askAgainAfterMs,
    isFailure: (error) => !(error instanceof Quick) && (!(error instanceof JzseError) || error.code === 'hub-unreachable'),
    meanwhile: 'refuse',
    nowMs,
  });
  const asked = async <T>(call: () => Promise<T>): Promise<T> => {
    const sinceMs = nowMs();
    const timed = (): Promise<T> =>
      call().catch((cause: unknown) => {
        throw nowMs() - sinceMs < quickMs ? new Quick('', { cause }) : cause;
      });
    try {
      return await breakers.run(target, timed);
    } catch (cause) {
      if (cause instanceof Quick) throw cause.cause;
      if (!(cause instanceof TargetBroken)) throw cause;
      throw new JzseError('hub-unreachable', 'the hub has not answered lately; it is asked again in a moment', { cause });
    }
  };
  return {
    ask: asked,
    guard: (hub) => ({
      ...hub,
      holders: (space, hash) => asked(() => hub.holders(space, hash)),
      resolvePath: (space, path) => asked(() => hub.resolvePath(space, path)),
      regions: () => asked(() => hub.regions()),
      verify: (space, options) => asked(() => hub.verify(space, options)),
      policy: (space) => asked(() => hub.policy(space)),
      setPolicy: (space, policy) => asked(() => hub.setPolicy(space, policy)),
      mergeStates: (space, entries) => asked(() => hub.mergeStates(space, entries)),
      treeAt: (request) => asked(() => hub.treeAt(request)),
    }),
    answered: () => breakers.answered(target),
    states: breakers.states,
  };
}
