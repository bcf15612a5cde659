import { Presets, SingleBar } from 'cli-progress';
import type { Cli } from './cli.ts';
import { showSize } from './show.ts';

/** A bar on a terminal, nothing in a pipe. Bytes throughout. */
export interface Progress {
  /** `total` grows while the work is still being looked up. */
  update(bytes: number, total: number, note?: string): void;
  stop(): void;
}

const updatesPerSecond = 8;

export function startProgress(cli: Cli, options: { readonly quiet: boolean }): Progress {
  if (options.quiet || cli.stderr.isTTY !== true) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar(
    {
      format: ' {bar} {percentage}% | {done} of {all} | {note}',
      stream: cli.stderr,
      hideCursor: true,
      clearOnComplete: true,
      fps: updatesPerSecond,
      barsize: 24,
    },
    Presets.shades_classic,
  );
  bar.start(1, 0, { done: showSize(0), all: '?', note: '' });
  return {
    update: (bytes, total, note = '') => {
      bar.setTotal(Math.max(total, bytes, 1));
      bar.update(bytes, { done: showSize(bytes), all: showSize(total), note });
    },
    stop: () => bar.stop(),
  };
}
