import type { TRPCError } from '@trpc/server';
import { toWireError } from './trpc-errors.ts';

/** A call of a procedure that is over, for whoever keeps account of them. */
export interface FinishedCall {
  /** `accounts.signIn` */
  readonly path: string;
  readonly type: 'query' | 'mutation' | 'subscription';
  /** As it was sent: it may hold secrets, and may not be what it should. */
  readonly input: unknown;
  /** Of a call that went well. */
  readonly answer: unknown;
  /** `ok` or an error code. */
  readonly result: string;
}
export type OnCall = (call: FinishedCall) => void;

type Outcome = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly error: TRPCError };

interface Call {
  readonly path: string;
  readonly type: FinishedCall['type'];
  readonly getRawInput: () => Promise<unknown>;
}

/** Tells of everything that changes something, and of what was refused. */
export async function tellOfCall(onCall: OnCall | undefined, { path, type, getRawInput }: Call, outcome: Outcome): Promise<void> {
  if (onCall === undefined || (outcome.ok && type !== 'mutation')) return;
  const input: unknown = await getRawInput().catch(() => undefined);
  const result = outcome.ok ? 'ok' : toWireError(outcome.error).code;
  onCall({ path, type, input, answer: outcome.ok ? outcome.data : undefined, result });
}
