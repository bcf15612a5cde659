import { anonymous, type OnCall, type Principal } from '@jzse/api';
import type { AuditEntry } from '@jzse/api/hub';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Guard } from '../guard.ts';
import type { AuditLog } from './audit-log.ts';
import { describeCall } from './describe-call.ts';
import { failureOf } from './failures.ts';
import { actorOf, type Happened, meansOf, plain, spaceOf, storable } from './happened.ts';
import { createSeldom } from './seldom.ts';

/** What a request to a route did, told when it is answered; null: nothing that is kept account of. Refusals are kept whatever it says. */
export type DescribeRequest = (request: FastifyRequest, reply: FastifyReply, result: string) => Happened | null;

export interface AuditorDeps {
  readonly log: Pick<AuditLog, 'note'>;
  readonly nowMs: () => number;
  /** Procedures that change nothing that people did: of them only refusals are kept. Every other mutation is. */
  readonly quietCalls: ReadonlySet<string>;
  /** By method and route: `PUT /files/*`. What changes something and is not named is kept under its route. */
  readonly routes: Readonly<Record<string, DescribeRequest>>;
}

/** Writes down who does what: one hook for procedures, one for routes. */
export interface Auditor {
  /** For the context of a request's procedures. */
  onCall(request: FastifyRequest): OnCall;
  /** After the routes' guard and before any route is added. */
  watch(app: FastifyInstance): void;
  /** The same guard; who signed in by it is known when the request is answered. */
  guarded(guard: Guard): Guard;
}

/** The same caller, target and outcome once in this time: reads of ranges, and refusals. */
const repeatedEveryMs = 60_000;
const refusals: ReadonlySet<string> = new Set(['forbidden', 'unauthenticated', 'region-cut-off']);
/** Said again and again to whoever guesses. */
const isRepeated = (result: string): boolean => refusals.has(result) || result === 'too-many-requests';
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const trpcRoute = '/:path';

export function createAuditor(deps: AuditorDeps): Auditor {
  const isNews = createSeldom(repeatedEveryMs, deps.nowMs);
  const signedIn = new WeakMap<FastifyRequest, Principal>();
  const recorded = new WeakSet<FastifyRequest>();

  const note = (request: FastifyRequest, happened: Happened, result: string): void => {
    const entry = entryOf({ request, happened, result, atMs: deps.nowMs(), principal: signedIn.get(request) ?? principalOf(request) });
    if (!happened.isRead && !isRepeated(result)) return deps.log.note(entry);
    // Of strangers' tokens it does not matter what they were tried on.
    const target = result === 'unauthenticated' ? '' : `${entry.space} ${entry.target}`;
    if (isNews([entry.actor, entry.address, entry.action, result, target].join('\n'))) deps.log.note(entry);
  };
  const answered = (request: FastifyRequest, reply: FastifyReply): void => {
    if (recorded.has(request)) return;
    recorded.add(request);
    const failure = failureOf(request);
    const result = failure ?? resultOf(reply.statusCode);
    const { url } = request.routeOptions;
    const isRefusal = isRefused(request, result);
    const describe = deps.routes[`${request.method} ${url}`];
    // What procedures did, they tell themselves; not what was refused before there was a call.
    if (url?.endsWith(trpcRoute) === true) {
      if (failure !== null && isRefusal) note(request, { action: plain(pathOf(request), 200) }, result);
      return;
    }
    const happened = describe === undefined ? unnamed(request) : describe(request, reply, result);
    if (happened !== null) note(request, happened, result);
    else if (isRefusal) note(request, { action: `${request.method} ${url ?? 'unknown'}` }, result);
  };
  return {
    onCall: (request) => (call) => {
      const isKept = call.type === 'mutation' && !deps.quietCalls.has(call.path);
      if (isKept || isRefused(request, call.result) || call.result === 'wrong-credentials')
        note(request, describeCall(call, principalOf(request)), call.result);
    },
    watch: (app) => {
      app.addHook('onRequest', (request, reply, done) => {
        // An answer that is written by hand passes no other hook, and its reader may leave before its end.
        reply.raw.once('close', () => {
          if (reply.raw.headersSent) answered(request, reply);
        });
        done();
      });
      app.addHook('onSend', (...[request, reply, payload, done]) => {
        answered(request, reply);
        done(null, payload);
      });
    },
    guarded: (guard) => ({
      ...guard,
      openSession: async (body, request) => {
        const opened = await guard.openSession(body, request);
        const principal = await guard.cookie(opened.value, request).catch(() => anonymous);
        signedIn.set(request, principal);
        return opened;
      },
    }),
  };
}

/** Before the guard was asked there is none. */
const principalOf = ({ principal }: { readonly principal?: Principal }): Principal => principal ?? anonymous;

/** A stranger who shows nothing has tried nothing. */
const isRefused = ({ headers }: FastifyRequest, result: string): boolean =>
  refusals.has(result) && (result !== 'unauthenticated' || headers.authorization !== undefined);

function resultOf(status: number): string {
  if (status < 400) return 'ok';
  return status === 401 ? 'wrong-credentials' : `http-${status}`;
}

const pathOf = ({ params }: FastifyRequest): string => String((params as { readonly path?: unknown } | undefined)?.path ?? 'unknown');

function unnamed({ method, routeOptions }: FastifyRequest): Happened | null {
  return safeMethods.has(method) || routeOptions.url === undefined ? null : { action: `${method} ${routeOptions.url}` };
}

interface Told {
  readonly request: FastifyRequest;
  readonly happened: Happened;
  readonly result: string;
  readonly atMs: number;
  readonly principal: Principal;
}

function entryOf({ request, happened, result, atMs, principal }: Told): AuditEntry {
  const { action, actor, space, target, detail } = happened;
  return {
    atMs,
    actor: plain(actor ?? actorOf(principal), 200),
    action,
    space: spaceOf(space),
    target: target === undefined || target === null ? null : storable(target, 10_000),
    address: storable(request.ip, 200),
    requestId: plain(request.id, 200),
    result,
    detail: { ...meansOf(principal), ...detail },
  };
}
