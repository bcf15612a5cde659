import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { traceEdge } from './trace-edge.ts';

/**
 * Makes `dist/edge-<version>-linux-x64.tar.gz`: an edge with its runtime and nothing that it does not run, for any Linux with glibc.
 * The hub hands it out at `/dist/`, with a checksum that it signs. Build the page first (`npm run build:web`).
 */
const repository = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(repository, 'apps/edge-node/package.json'), 'utf8')) as { readonly version: string };
const name = `jzse-edge-${version}`;
const page = join(repository, 'apps/edge-node/dist/web');
const archive = join(repository, 'dist', `edge-${version}-linux-x64.tar.gz`);

/** Of what packages bring along, nothing that only their makers need. */
const unneeded = /\.(map|md|markdown|d\.ts|d\.mts|d\.cts|tsbuildinfo|c|cc|cpp|h|hpp|o|a|gyp|gypi|flow)$/;
const unneededFolder = /node_modules\/better-sqlite3\/(deps|src|build\/(?!Release(\/better_sqlite3\.node)?$).*)$/;

const launcher = `#!/bin/sh
# Runs the edge of this package with the runtime of this package. Settings: environment, as in "jzse edge run -- --help".
here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
exec "$here/bin/node" --max-semi-space-size=16 "$here/apps/edge-node/src/main.ts" "$@"
`;

if (!existsSync(join(page, 'index.html'))) throw new Error('the page is not built: run "npm run build:web" first');
const scratch = mkdtempSync(join(tmpdir(), 'jzse-package-'));
try {
  const root = join(scratch, name);
  fill(root);
  mkdirSync(dirname(archive), { recursive: true });
  const temporary = `${archive}.new`;
  // The same bytes from the same files, whoever packs them and when.
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--use-compress-program=gzip -n -6'];
  execFileSync('tar', [...same, '-cf', temporary, '-C', scratch, name]);
  renameSync(temporary, archive);
  const sum = createHash('sha256').update(readFileSync(archive)).digest('hex');
  process.stdout.write(`${sum}  ${basename(archive)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function fill(root: string): void {
  const { files, folders, packages, links } = traceEdge(repository);
  for (const file of files) copy(root, file);
  for (const folder of [...folders, page]) copy(root, folder);
  for (const folder of packages) copy(root, folder);
  for (const [link, target] of links) {
    const at = join(root, relative(repository, link));
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(relative(dirname(link), target), at);
  }
  mkdirSync(join(root, 'bin'), { recursive: true });
  cpSync(join(repository, 'node_modules/node/bin/node'), join(root, 'bin/node'), { dereference: true });
  writeFileSync(join(root, 'bin/jzse-edge'), launcher, { mode: 0o755 });
  writeFileSync(join(root, 'VERSION'), `${version}\n`);
}

function copy(root: string, from: string): void {
  const to = join(root, relative(repository, from));
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: (path) => {
      const inside = relative(from, path);
      if (inside.split('/').includes('node_modules')) return false;
      return !unneededFolder.test(path) && !(from.includes('/node_modules/') && unneeded.test(path));
    },
  });
}
