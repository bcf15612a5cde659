import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface SyncthingFigures {
  /** Seconds from save to visible at both others. */
  readonly latencySeconds: number;
  readonly smallFilesPerSecond: number;
  readonly mibPerSecond: number;
  readonly changeSeconds: number;
  readonly changeBytesSent: number;
}

const script = join(import.meta.dirname, '../../../shared/peers/syncthing3.py');

/** Three Syncthing instances on this machine do the same jobs; about a minute. */
export async function measureSyncthing(
  workFolder: string,
  sizes: { readonly smallFiles: number; readonly replicatedMib: number },
): Promise<SyncthingFigures | { readonly skipped: string }> {
  const run = promisify(execFile);
  if (!existsSync(script)) return { skipped: `${script} is not here` };
  try {
    await run('syncthing', ['--version']);
  } catch {
    return { skipped: 'Syncthing is not installed (Debian: apt-get install syncthing)' };
  }
  try {
    const { stdout } = await run('python3', [script, workFolder, String(sizes.smallFiles), String(sizes.replicatedMib)]);
    return figuresOf(stdout);
  } catch (error) {
    return { skipped: `Syncthing could not be measured: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function figuresOf(printed: string): SyncthingFigures {
  const rows = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number | string>);
  const figure = (prefix: RegExp, field: string): number => {
    const value = rows.find((row) => prefix.test(String(row['case'])))?.[field];
    if (typeof value !== 'number') throw new Error(`no ${field} of ${prefix} in:\n${printed}`);
    return value;
  };
  const many = /^\d+ files of 4 KiB/;
  const files = figure(many, 's') * figure(many, 'files_per_s');
  return {
    latencySeconds: figure(/^small-file latency/, 'median'),
    // It watches while the files are being written; ours are written before. Its writing is taken off, in its favour.
    smallFilesPerSecond: files / (figure(many, 's') - figure(many, 'write_s')),
    mibPerSecond: figure(/^\d+ MiB file/, 'mib_per_s'),
    changeSeconds: figure(/^1 MiB edited/, 's'),
    changeBytesSent: figure(/^1 MiB edited/, 'bytes_out_of_A'),
  };
}
