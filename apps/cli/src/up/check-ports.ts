import { createServer } from 'node:net';
import { JzseError } from '@jzse/api';
import type { ServerPlan } from './cluster-plan.ts';

/** Throws `already-exists`, naming all that are taken, before anything is started. */
export async function checkPorts(servers: readonly ServerPlan[], host: string): Promise<void> {
  const taken: number[] = [];
  for (const { port } of servers) if (!(await isFree(host, port))) taken.push(port);
  if (taken.length === 0) return;
  const ports = taken.length === 1 ? `port ${taken[0]} is` : `ports ${taken.join(', ')} are`;
  throw new JzseError('already-exists', `${ports} in use by another program. Stop it, or choose other ports with --port-base`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
