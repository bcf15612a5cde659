import { JzseError, type SpaceReport } from '@jzse/api';
import type { AuditServices, FleetServices, HubRouter, WakeUp } from '@jzse/api/hub';
import { traceHeaders } from '@jzse/gateway';
import type { RegionId } from '@jzse/sync';
import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import { Agent, type Dispatcher, fetch } from 'undici';
import type { HubCredentials } from './hub-credentials.ts';
import { toHubError } from './hub-errors.ts';
import type { HubPort } from './hub-port.ts';
import { createWakeUpQueue } from './wake-up-queue.ts';

export interface HubConnection extends HubPort {
  readonly directory: FleetServices['directory'];
  readonly offerDirectory: FleetServices['offerDirectory'];
  readonly certify: FleetServices['certify'];
  readonly appendAudit: AuditServices['appendAudit'];
  /** Cuts what is under way. */
  close(): Promise<void>;
}

const connectTimeoutMs = 3_000;
const keepAliveMs = 30_000;
const connectionsMax = 16;
/** A batch that the hub integrates takes its time; anything else is asked by somebody who waits. */
const batchTimeoutMs = 30_000;
const questionTimeoutMs = 5_000;
/** The hub pings every 5 s: a stream that is silent for longer is dead. */
const streamSilenceMs = 15_000;

/**
 * The hub over HTTP: single requests on keep-alive connections, wake-ups over server-sent events.
 * Every call is bounded in time. A call that the hub refuses since it does not know this region is made once more when it does.
 * Throws `JzseError`: the hub's own code, or `hub-unreachable` when no answer came.
 */
export function connectHub({ url, credentials }: { readonly url: string; readonly credentials: HubCredentials }): HubConnection {
  const calls = new Agent({ connections: connectionsMax, keepAliveTimeout: keepAliveMs, connect: { timeout: connectTimeoutMs } });
  const streams = new Agent({ connect: { timeout: connectTimeoutMs }, headersTimeout: streamSilenceMs, bodyTimeout: streamSilenceMs });
  const client = createClient({ url, credentials, calls, streams });
  const isKnownNow = (error: JzseError): Promise<boolean> =>
    error.code === 'unauthenticated' ? credentials.onUnknown() : Promise.resolve(false);
  const asked: Asked = async (call, timeoutMs = questionTimeoutMs) => {
    const attempt = () =>
      call({ signal: AbortSignal.timeout(timeoutMs) }).catch((error: unknown) => {
        throw toHubError(error, url);
      });
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof JzseError && (await isKnownNow(error))) return attempt();
      throw error;
    }
  };
  return {
    register: (request) => asked((options) => client.register.mutate(request, options)),
    push: (request) => asked((options) => client.push.mutate({ ...request, operations: [...request.operations] }, options), batchTimeoutMs),
    pull: (request) => asked((options) => client.pull.query(request, options), batchTimeoutMs),
    snapshotHead: (space) => asked((options) => client.snapshotHead.query({ space }, options), batchTimeoutMs),
    snapshotPage: (space, page) => asked((options) => client.snapshotPage.query({ space, ...page }, options), batchTimeoutMs),
    transfers: ({ region, want, ...settled }) =>
      asked(
        (options) =>
          client.transfers.mutate({ region, want, done: [...settled.done], failed: [...settled.failed], held: [...settled.held] }, options),
        batchTimeoutMs,
      ),
    locate: (request) => asked((options) => client.locate.mutate(request, options)),
    holders: (space, hash) => asked((options) => client.holders.query({ space, hash }, options)),
    resolvePath: (space, path) => asked((options) => client.resolvePath.query({ space, path }, options)),
    heartbeat: (region, capacity) => asked((options) => client.heartbeat.mutate({ region, capacity }, options)),
    regions: () => asked((options) => client.regions.query(undefined, options)),
    directory: (request) => asked((options) => client.fleet.directory.query(request, options)),
    offerDirectory: ({ records, ...offer }) =>
      asked((options) => client.fleet.offerDirectory.mutate({ ...offer, records: [...records] }, options), batchTimeoutMs),
    certify: (request) => asked((options) => client.fleet.certify.mutate(request, options)),
    appendAudit: (writer, records) =>
      asked(
        (options) =>
          client.audit.append.mutate({ region: regionOf(writer), writer, records: records.map((record) => ({ ...record })) }, options),
        batchTimeoutMs,
      ),
    ...convergenceCalls(client, asked),
    wakeUps: async function* (region, signal) {
      const queue = createWakeUpQueue();
      const fail = (cause: unknown): void => {
        const error = toHubError(cause, url);
        isKnownNow(error).then(
          () => queue.fail(error),
          () => queue.fail(error),
        );
      };
      const subscription = client.wakeUps.subscribe(
        { region },
        {
          onData: (wakeUp: WakeUp) => queue.push(wakeUp),
          onError: fail,
          onComplete: () => fail(new Error('the stream ended')),
          // The library would connect again by itself, after seconds: the caller's back-off does it sooner.
          onConnectionStateChange: (state) => {
            if (state.state === 'connecting' && state.error !== null) fail(state.error);
          },
        },
      );
      try {
        yield* queue.read(signal);
      } finally {
        subscription.unsubscribe();
      }
    },
    close: async () => {
      await Promise.all([calls.destroy(), streams.destroy()]);
    },
  };
}

const regionOf = (writer: string): RegionId => writer.slice(0, writer.indexOf(':')) as RegionId;

type Asked = <T>(call: (options: { readonly signal: AbortSignal }) => Promise<T>, timeoutMs?: number) => Promise<T>;
type ConvergenceCalls = Pick<
  HubPort,
  | 'rowDots'
  | 'operationsUnder'
  | 'raiseEpoch'
  | 'report'
  | 'verify'
  | 'digestNode'
  | 'policy'
  | 'setPolicy'
  | 'mergeWork'
  | 'mergeStates'
  | 'raise'
  | 'treeAt'
  | 'seed'
>;

function convergenceCalls(client: ReturnType<typeof createClient>, asked: Asked): ConvergenceCalls {
  return {
    rowDots: (space, sequences) => asked((options) => client.rowDots.query({ space, sequences: [...sequences] }, options), batchTimeoutMs),
    operationsUnder: ({ counters, ...request }) =>
      asked((options) => client.operationsUnder.query({ ...request, counters: [...counters] }, options), batchTimeoutMs),
    raiseEpoch: (request) => asked((options) => client.raiseEpoch.mutate(request, options), batchTimeoutMs),
    report: (region, reports) =>
      asked((options) => client.report.mutate({ region, reports: reports.map(toWireReport) }, options), batchTimeoutMs),
    verify: (space, { deep }) => asked((options) => client.verify.mutate({ space, deep }, options), batchTimeoutMs),
    digestNode: (request) => asked((options) => client.digestNode.query(request, options), batchTimeoutMs),
    policy: (space) => asked((options) => client.policy.query({ space }, options)),
    setPolicy: (space, policy) => asked((options) => client.setPolicy.mutate({ space, policy }, options)),
    mergeWork: ({ region, done, failed, want }) =>
      asked((options) => client.mergeWork.mutate({ region, done: [...done], failed: [...failed], want }, options), batchTimeoutMs),
    mergeStates: (space, entries) => asked((options) => client.mergeStates.query({ space, entries: [...entries] }, options)),
    raise: (events) => asked((options) => client.raise.mutate({ events: [...events] }, options)),
    treeAt: (request) => asked((options) => client.treeAt.query(request, options), batchTimeoutMs),
    seed: (request) => asked((options) => client.seed.mutate({ ...request, effects: [...request.effects] }, options), batchTimeoutMs),
  };
}

const toWireReport = ({ divergence, ...report }: SpaceReport) => ({
  ...report,
  divergence: divergence === null ? null : { since: divergence.since, paths: [...divergence.paths] },
});

interface ClientOptions {
  readonly url: string;
  readonly credentials: HubCredentials;
  readonly calls: Dispatcher;
  readonly streams: Dispatcher;
}

function createClient({ url, credentials, calls, streams }: ClientOptions) {
  const fetchBy =
    (dispatcher: Dispatcher) =>
    async (target: unknown, init?: unknown): Promise<never> => {
      const { headers, ...rest } = (init ?? {}) as { readonly headers?: Record<string, string> };
      const authorization = `Bearer ${await credentials.proof()}`;
      const answer = await fetch(String(target), { ...rest, headers: { ...headers, ...traceHeaders(), authorization }, dispatcher });
      credentials.onHubTime(Date.parse(answer.headers.get('date') ?? ''));
      return answer as never;
    };
  return createTRPCClient<HubRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({ url: `${url}/trpc`, EventSource, eventSourceOptions: { fetch: fetchBy(streams) } }),
        false: httpLink({ url: `${url}/trpc`, fetch: fetchBy(calls) }),
      }),
    ],
  });
}
