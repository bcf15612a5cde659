import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { postgresUser, spawnAs } from '../src/postgres/run-as.ts';

const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)(
  'below a closed folder a program finds its files, and access(2) says so (needs root: runs as another user)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jzse-closed-'));
    chmodSync(folder, 0o700);
    const file = join(folder, 'fellow');
    writeFileSync(file, '#!/bin/sh\n', { mode: 0o755 });
    const look = `require('node:fs').accessSync(${JSON.stringify(file)}, 5); process.exitCode = process.getuid() === 0 ? 9 : 0`;
    const child = await spawnAs({ program: process.execPath, args: ['-e', look], user: await postgresUser(), folder: file });
    let printed = '';
    child.stderr?.on('data', (text) => {
      printed += text;
    });
    const [code] = await once(child, 'exit');
    rmSync(folder, { recursive: true });
    expect(`${code} ${printed}`).toBe('0 ');
  },
);
