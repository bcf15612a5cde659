import type { Cli } from '../cli.ts';
import { type Cluster, removeCluster, tokenPath, writeCluster } from '../cluster-file.ts';
import { exitCodes } from '../exit-codes.ts';
import { showDuration } from '../show.ts';
import { admitRegions, admitRegionsAgain } from './admit-regions.ts';
import { checkPorts } from './check-ports.ts';
import { type ClusterPlan, type Entries, host, planCluster, type ServerPlan, space } from './cluster-plan.ts';
import { openDataFolder } from './data-folder.ts';
import { humanLine } from './human-logs.ts';
import { type RunningServer, superviseServer } from './supervise-server.ts';

export interface ClusterOptions {
  readonly data: string;
  readonly portBase: number;
  /** One line on stdout when all is ready, and logs on stderr. */
  readonly json: boolean;
  readonly rawLogs: boolean;
  readonly entries: Entries;
}

/** Runs hub and edges until SIGINT or SIGTERM, then stops them: edges first, so that what they hold back reaches the hub. */
export async function runCluster(cli: Cli, options: ClusterOptions): Promise<void> {
  const startedMs = performance.now();
  const folder = await openDataFolder(options.data);
  try {
    const plan = planCluster({ ...options, token: folder.token, environment: cli.env });
    await checkPorts([plan.hub, ...plan.edges], host);
    await superviseAll(cli, { ...options, plan, token: folder.token, startedMs });
  } finally {
    await removeCluster(options.data);
    await folder.release();
  }
}

interface Supervision extends ClusterOptions {
  readonly plan: ClusterPlan;
  readonly token: string;
  readonly startedMs: number;
}

async function superviseAll(cli: Cli, supervision: Supervision): Promise<void> {
  const { plan } = supervision;
  const voice = createVoice(cli, supervision);
  const servers = new Map<string, RunningServer>();
  const stopping = new AbortController();
  let allReady = false;
  let published = Promise.resolve();
  const publish = () => {
    published = published
      .then(() => writeCluster(supervision.data, clusterOf(plan, servers)))
      .catch((error: Error) => voice.say(plan.hub.name, `cluster.json could not be written: ${error.message}`));
    return published;
  };
  const run = (server: ServerPlan) => {
    const running = superviseServer(server, {
      onLine: (line) => voice.line(server.name, line),
      onStarted: (pid, restarted) => {
        if (restarted) voice.say(server.name, `started again as pid ${pid}`);
        if (allReady) void publish();
        if (restarted && server === plan.hub) void admitRegionsAgain(supervision, stopping.signal);
      },
      onDied: (how, againMs) => voice.say(server.name, `ended (${how}); starting it again in ${showDuration(againMs)}`),
    });
    servers.set(server.name, running);
    return running.ready;
  };
  const start = async () => {
    voice.progress('starting the hub; the first start makes its database');
    await run(plan.hub);
    await admitRegions(supervision);
    voice.progress(`starting the regions ${plan.edges.map(({ name }) => name).join(', ')}`);
    await Promise.all(plan.edges.map(run));
    allReady = true;
    await publish();
    announce(cli, supervision, clusterOf(plan, servers));
  };
  const stop = listenForStop(() => {
    for (const server of servers.values()) server.kill();
  });
  try {
    await Promise.race([start(), stop.asked]);
    await stop.asked;
    cli.exitCode = exitCodes.ok;
  } finally {
    voice.progress('stopping');
    stopping.abort();
    await Promise.all(plan.edges.map(({ name }) => servers.get(name)?.stop()));
    await servers.get(plan.hub.name)?.stop();
    stop.forget();
  }
}

/** The second signal is for impatient people. */
function listenForStop(kill: () => void): { readonly asked: Promise<void>; forget(): void } {
  const asked = Promise.withResolvers<void>();
  let signals = 0;
  const onSignal = () => {
    if (++signals === 1) asked.resolve();
    else kill();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return {
    asked: asked.promise,
    forget: () => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
    },
  };
}

function clusterOf(plan: ClusterPlan, servers: ReadonlyMap<string, RunningServer>): Cluster {
  const server = ({ name, url }: ServerPlan) => ({ url, pid: servers.get(name)?.pid() ?? -1 });
  return { hub: server(plan.hub), regions: plan.edges.map((edge) => ({ id: edge.name, ...server(edge) })), space };
}

function announce(cli: Cli, { json, token, data, startedMs }: Supervision, cluster: Cluster): void {
  if (json) {
    cli.stdout.write(`${JSON.stringify({ ready: true, ...cluster, token })}\n`);
    return;
  }
  // A log that someone keeps must not hold the token; a terminal is read by the one who started it.
  const secret = cli.stdout.isTTY === true ? `/#token=${token}` : '';
  const width = Math.max(...cluster.regions.map(({ id }) => id.length));
  const pages = cluster.regions.map(({ id, url }) => `  ${id.padEnd(width)}  ${url}${secret}\n`).join('');
  const hint = secret === '' ? `The token is in ${tokenPath(data)}\n` : '';
  cli.stdout.write(
    `\nReady in ${showDuration(performance.now() - startedMs)}. Data is in ${data}; Ctrl-C stops everything.\n${pages}${hint}\n`,
  );
}

interface Voice {
  line(name: string, line: string): void;
  say(name: string, text: string): void;
  progress(text: string): void;
}

function createVoice(cli: Cli, { json, rawLogs, plan }: Supervision): Voice {
  const stream = json ? cli.stderr : cli.stdout;
  const names = [plan.hub.name, ...plan.edges.map(({ name }) => name)];
  const style = {
    colours: stream.isTTY === true && cli.env['NO_COLOR'] === undefined,
    raw: rawLogs,
    nameWidth: Math.max(...names.map((name) => name.length)),
  };
  const line = (name: string, text: string) => stream.write(`${humanLine(text, { name, index: names.indexOf(name) }, style)}\n`);
  return {
    line,
    say: (name, text) => line(name, JSON.stringify({ level: 40, time: Date.now(), msg: text })),
    progress: (text) => stream.write(`jzse: ${text}\n`),
  };
}
