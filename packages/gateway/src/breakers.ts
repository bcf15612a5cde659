import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { Gauge, type Registry } from 'prom-client';

/** `closed`: it is asked. `open`: it failed several times in a row and is not asked for a while. `half-open`: one request finds out. */
export type BreakerState = 'closed' | 'half-open' | 'open';

/** Thrown instead of asking. */
export class TargetBroken extends Error {
  constructor(target: string) {
    super(`${target} has not answered lately; it is asked again in a moment`);
    this.name = 'TargetBroken';
  }
}

/** Keeps those whom this server calls, and who do not answer, from holding it up. One breaker a target. */
export interface Breakers {
  /** Rejects with what `call` throws, or at once with `TargetBroken`. */
  run<T>(target: string, call: () => Promise<T>): Promise<T>;
  /** Better ask another one. False again when it is time to find out. */
  isBroken(target: string): boolean;
  /** It was heard of otherwise: it may be asked at once. */
  answered(target: string): void;
  states(): readonly { readonly target: string; readonly state: BreakerState }[];
}

export interface BreakersOptions {
  /** In a row. */
  readonly failuresToBreak: number;
  readonly askAgainAfterMs: number;
  /** Whether an error is the target's fault. */
  readonly isFailure: (error: unknown) => boolean;
  /** What others do who come while one finds out: wait for what it finds, or go away. */
  readonly meanwhile: 'wait' | 'refuse';
  readonly nowMs: () => number;
}

export function createBreakers(options: BreakersOptions): Breakers {
  const breakers = new Map<string, ReturnType<typeof newBreaker>>();
  const of = (target: string): ReturnType<typeof newBreaker> => {
    const known = breakers.get(target) ?? newBreaker(options);
    breakers.set(target, known);
    return known;
  };
  return {
    run: async (target, call) => {
      const { policy, isOpen } = of(target);
      const isAsked = policy.state === CircuitState.HalfOpen;
      if (isOpen() || (isAsked && options.meanwhile === 'refuse')) throw new TargetBroken(target);
      return policy.execute(call);
    },
    isBroken: (target) => {
      const { policy, isOpen } = of(target);
      return isOpen() || policy.state === CircuitState.HalfOpen;
    },
    answered: (target) => {
      const { policy } = of(target);
      if (policy.state !== CircuitState.Closed) policy.isolate().dispose();
    },
    states: () => [...breakers].map(([target, { policy }]) => ({ target, state: nameOf(policy.state) })),
  };
}

const stateNumbers: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

export function showBreakers(registry: Registry, all: () => ReturnType<Breakers['states']>): void {
  new Gauge({
    name: 'jzse_breaker_state',
    help: 'Whether a server that this one calls is asked: 0 it is, 1 it is being found out, 2 it is not for a while',
    labelNames: ['target'],
    registers: [registry],
    collect() {
      for (const { target, state } of all()) this.set({ target }, stateNumbers[state]);
    },
  });
}

function newBreaker({ failuresToBreak, askAgainAfterMs, isFailure, nowMs }: BreakersOptions) {
  const policy = circuitBreaker(handleWhen(isFailure), {
    breaker: new ConsecutiveBreaker(failuresToBreak),
    halfOpenAfter: askAgainAfterMs,
  });
  let brokenUntilMs = 0;
  policy.onBreak(() => {
    brokenUntilMs = nowMs() + askAgainAfterMs;
  });
  return { policy, isOpen: () => policy.state === CircuitState.Open && nowMs() < brokenUntilMs };
}

function nameOf(state: CircuitState): BreakerState {
  switch (state) {
    case CircuitState.Closed:
      return 'closed';
    case CircuitState.HalfOpen:
      return 'half-open';
    default:
      return 'open';
  }
}
