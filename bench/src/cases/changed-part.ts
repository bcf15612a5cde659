import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { openLink } from '../../../e2e/src/partition.ts';
import { node, repository } from '../../../e2e/src/processes.ts';
import { randomBlocks, randomBytes } from '../../../e2e/src/random-bytes.ts';
import type { BenchCase } from '../bench-context.ts';
import { othersOf, waitUntilHeld } from '../other-regions.ts';
import { median, rounded, toRow } from '../row.ts';

/** 1 MiB changed inside a large file that is put again by the CLI: what goes over the wire, and how soon the others hold it. */
export const changedPart: BenchCase = {
  name: 'changed-part',
  run: async ({ sizes, folder, seed, cluster, syncthing }) => {
    const peer = await syncthing();
    const running = await cluster();
    const link = await openLink(Number(new URL(running.regions.beijing.url).port));
    const file = join(folder, 'changed.bin');
    await pipeline(Readable.from(randomBlocks(`${seed} changed`, sizes.replicatedMib << 20)), createWriteStream(file));
    const put = () => putByCli({ file, path: '/bench/changed.bin', url: link.url, token: running.token });
    await put();
    await waitUntilHeld(othersOf(running), '/bench/changed.bin');
    const runs: { readonly sentBytes: number; readonly put: number; readonly heldAfter: number }[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      await overwrite(
        file,
        randomBytes(`${seed} change ${round}`, 1 << 20),
        ((sizes.replicatedMib * (round + 1)) / (sizes.rounds + 1)) << 20,
      );
      const hash = await hashOf(file);
      const before = link.bytes.toServer;
      const startedMs = performance.now();
      const held = waitUntilHeld(othersOf(running), '/bench/changed.bin', hash).then(() => performance.now());
      await put();
      const acknowledgedMs = performance.now();
      const heldAfter = Math.max(0, (await held) - acknowledgedMs) / 1000;
      runs.push({ sentBytes: link.bytes.toServer - before, put: (acknowledgedMs - startedMs) / 1000, heldAfter });
    }
    await link.close();
    const detail = { runs: runs.map((run) => ({ ...run, put: rounded(run.put), heldAfter: rounded(run.heldAfter) })) };
    const name = `1 MiB changed in ${sizes.replicatedMib} MiB`;
    return [
      toRow({
        case: `${name}: sent by the CLI`,
        value: median(runs.map((run) => run.sentBytes)) / 2 ** 20,
        unit: 'MiB',
        peer: { name: 'Syncthing, to two others', value: 'skipped' in peer ? peer : peer.changeBytesSent / 2 ** 20 },
        target: { max: 3 },
        detail,
      }),
      toRow({
        case: `${name}: acknowledged to held by both other regions`,
        value: median(runs.map((run) => run.heldAfter)),
        unit: 's',
        peer: { name: 'Syncthing, from saved', value: 'skipped' in peer ? peer : peer.changeSeconds },
        target: { max: 1 },
        detail,
      }),
    ];
  },
};

async function putByCli(options: {
  readonly file: string;
  readonly path: string;
  readonly url: string;
  readonly token: string;
}): Promise<void> {
  const args = ['apps/cli/src/main.ts', '--json', 'put', options.file, `demo:${options.path}`];
  const env = { ...process.env, JZSE_EDGE_URL: options.url, JZSE_TOKEN: options.token };
  await promisify(execFile)(node, args, { cwd: repository, env, maxBuffer: 1 << 26 });
}

async function overwrite(file: string, bytes: Buffer, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
