import { connect, type Socket } from 'node:net';

/** What is asked of a server, and how often. Printed as JSON: `LoadFigures`. */
export interface Load {
  readonly url: string;
  readonly token: string;
  /** `{n}` in the path becomes the number of the request, modulo `paths`. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly bodyBytes: number }[];
  readonly paths: number;
  /** Requests a second, whatever the server does; null: each connection asks again as soon as it has its answer. */
  readonly perSecond: number | null;
  readonly connectionsMax: number;
  readonly seconds: number;
  /** Of these, not counted. */
  readonly warmSeconds: number;
}
export interface LoadFigures {
  readonly seconds: number;
  readonly asked: number;
  /** Due, but no connection was free. */
  readonly unasked: number;
  readonly ok: number;
  readonly overloaded: number;
  readonly limited: number;
  readonly others: number;
  readonly okPerSecond: number;
  readonly okMs: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number };
  readonly refusedMs: { readonly p50: number; readonly p99: number };
}

const tickMs = 2;
const load = JSON.parse(process.argv[2] ?? '{}') as Load;
const { hostname, port } = new URL(load.url);
interface Waiting {
  readonly sinceMs: number;
  readonly counted: boolean;
}
const waiting = new Map<Socket, Waiting>();
const idle: Socket[] = [];
const all = new Set<Socket>();
const okMs: number[] = [];
const refusedMs: number[] = [];
const counts = { asked: 0, unasked: 0, ok: 0, overloaded: 0, limited: 0, others: 0 };
let numbered = 0;
let isCounting = false;
let isOver = false;
let due = 0;

const startMs = performance.now();
let lastMs = startMs;
const countFromMs = startMs + load.warmSeconds * 1000;
const endMs = startMs + load.seconds * 1000;
if (load.perSecond === null) for (let opened = 0; opened < load.connectionsMax; opened++) ask(open());
const ticking = setInterval(tick, tickMs);

function tick(): void {
  const nowMs = performance.now();
  isCounting = nowMs >= countFromMs;
  if (nowMs >= endMs) return finish();
  if (load.perSecond === null) return;
  due += ((nowMs - lastMs) / 1000) * load.perSecond;
  lastMs = nowMs;
  for (; due >= 1; due--) {
    const socket = idle.pop() ?? (all.size < load.connectionsMax ? open() : null);
    if (socket !== null) ask(socket);
    else if (isCounting) counts.unasked++;
  }
}

function ask(socket: Socket): void {
  const request = load.requests[numbered % load.requests.length] ?? { method: 'GET', path: '/', bodyBytes: 0 };
  const path = request.path.replace('{n}', String(numbered % load.paths));
  numbered++;
  const body = request.bodyBytes === 0 ? '' : String(numbered).padEnd(request.bodyBytes, ' ');
  const length = request.bodyBytes === 0 ? '' : `content-length: ${request.bodyBytes}\r\n`;
  const sinceMs = performance.now();
  if (isCounting) counts.asked++;
  waiting.set(socket, { sinceMs, counted: isCounting });
  socket.write(
    `${request.method} ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${load.token}\r\n${length}\r\n${body}`,
  );
}

function open(): Socket {
  const socket = connect(Number(port), hostname).setNoDelay();
  let text = '';
  all.add(socket);
  socket.setEncoding('latin1');
  socket.on('data', (data: string) => {
    text += data;
    const head = text.indexOf('\r\n\r\n');
    if (head === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head + 2))?.[1] ?? 0);
    if (text.length < head + 4 + length) return;
    answered(socket, Number(text.slice(9, 12)));
    text = '';
  });
  const ended = (): void => {
    all.delete(socket);
    const at = idle.indexOf(socket);
    if (at !== -1) idle.splice(at, 1);
    if (waiting.has(socket)) note(socket, 0);
  };
  socket.on('error', () => undefined).once('close', ended);
  return socket;
}

function answered(socket: Socket, status: number): void {
  note(socket, status);
  if (isOver) return;
  if (load.perSecond === null) ask(socket);
  else idle.push(socket);
}

function note(socket: Socket, status: number): void {
  const asked = waiting.get(socket);
  waiting.delete(socket);
  if (asked?.counted !== true || isOver) return;
  const ms = performance.now() - asked.sinceMs;
  if (status >= 200 && status < 300) counts.ok++;
  else if (status === 503) counts.overloaded++;
  else if (status === 429) counts.limited++;
  else counts.others++;
  (status >= 200 && status < 300 ? okMs : refusedMs).push(ms);
}

function finish(): void {
  isOver = true;
  clearInterval(ticking);
  const seconds = load.seconds - load.warmSeconds;
  const ok = okMs.toSorted((a, b) => a - b);
  const refused = refusedMs.toSorted((a, b) => a - b);
  const figures: LoadFigures = {
    seconds,
    ...counts,
    okPerSecond: counts.ok / seconds,
    okMs: { p50: at(ok, 0.5), p90: at(ok, 0.9), p99: at(ok, 0.99), max: at(ok, 1) },
    refusedMs: { p50: at(refused, 0.5), p99: at(refused, 0.99) },
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
}

function at(sorted: readonly number[], share: number): number {
  return Math.round((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0) * 100) / 100;
}
