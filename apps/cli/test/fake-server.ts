import { createServer } from 'node:http';

/** A server of the same manners as the real ones: environment, `/readyz`, end of standard input, SIGTERM. Logs like pino. */
const { JZSE_PORT, JZSE_HOST, JZSE_REGION = 'hub', JZSE_HUB_URL, JZSE_TOKEN, JZSE_DATA } = process.env;
const say = (msg: string, facts: object = {}) =>
  process.stdout.write(`${JSON.stringify({ level: 30, time: Date.now(), msg, ...facts })}\n`);

const server = createServer((request, response) => {
  const procedure = /^\/trpc\/([\w.]+)/.exec(request.url ?? '')?.[1];
  const trpc = (data: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ result: { data } }));
  if (procedure === 'fleet.regions') trpc([]);
  else if (procedure === 'fleet.addRegion') trpc({ token: 'jzse_enrol_fake', expiresMs: 0 });
  else if (request.url === '/readyz') response.end('ok');
  else if (request.url === '/die') process.kill(process.pid, 'SIGKILL');
  else response.end(JSON.stringify({ region: JZSE_REGION, hub: JZSE_HUB_URL, token: JZSE_TOKEN, data: JZSE_DATA, pid: process.pid }));
});
server.listen(Number(JZSE_PORT), JZSE_HOST, () => say('listening', { port: Number(JZSE_PORT) }));
process.stdin.on('end', () => process.exit(0)).resume();
process.on('SIGTERM', () => {
  say('stopped');
  process.exit(0);
});
