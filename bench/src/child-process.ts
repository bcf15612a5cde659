import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { node, supervise } from '../../e2e/src/processes.ts';

export const processFile = (name: string): string => join(import.meta.dirname, 'processes', name);

/** Runs one of `processes/` to its end and answers the JSON that it printed last. */
export async function runToEnd<T>(file: string, args: readonly string[]): Promise<T> {
  const { child, lines } = start(file, args);
  let last = '';
  for await (const line of lines) last = line;
  if (last === '') throw new Error(`${file} printed nothing (exit ${child.exitCode})`);
  return JSON.parse(last) as T;
}

/** Starts one of `processes/` that serves, and answers the URL that it prints. */
export async function startServing(file: string, args: readonly string[]): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { life, lines } = start(file, args);
  for await (const line of lines) return { url: line, stop: async () => void (await life.stop()) };
  throw new Error(`${file} ended before it served`);
}

function start(file: string, args: readonly string[]) {
  const child: ChildProcess = spawn(node, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  if (child.stdout === null) throw new Error('no pipe from the child');
  return { child, life: supervise(child), lines: createInterface({ input: child.stdout }) };
}
