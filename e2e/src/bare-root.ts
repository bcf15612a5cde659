import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A machine without anything of ours: the programs of this one, and files of its own for all the rest. */
export interface BareRoot {
  /** Seen from outside. */
  readonly path: string;
  /** Runs a line of shell inside. */
  run(line: string): { readonly code: number | null; readonly output: string };
  /** The same, without waiting. Its process leads a group of its own. */
  begin(line: string): ChildProcess;
  close(): Promise<void>;
}

const ownFolders = ['etc', 'opt', 'var/lib', 'root', 'tmp', 'run', 'home', 'proc', 'dev', 'usr'];
const programs = ['bin', 'sbin', 'lib', 'lib64'];

/** Whether this process may make one: it needs mounts of its own. */
export const canMakeRoot = (): boolean => process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;

export async function makeBareRoot(path: string): Promise<BareRoot> {
  for (const folder of ownFolders) mkdirSync(join(path, folder), { recursive: true });
  for (const name of programs) symlinkSync(`usr/${name}`, join(path, name));
  writeFileSync(join(path, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n');
  writeFileSync(join(path, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  writeFileSync(join(path, 'etc/shadow'), 'root:*:19000:0:99999:7:::\n');
  writeFileSync(join(path, 'etc/gshadow'), 'root:*::\n');
  writeFileSync(join(path, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files\n');
  writeFileSync(join(path, 'etc/hosts'), '127.0.0.1 localhost\n');
  const mounts = `mount --bind /usr '${path}/usr' && mount -o remount,bind,ro '${path}/usr' && mount --bind /proc '${path}/proc' && mount --bind /dev '${path}/dev'`;
  // Whoever holds the mounts: they go with it.
  const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', `${mounts} && echo ready && exec sleep 3600`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  await once(holder.stdout, 'data');
  const inside = ['--target', String(holder.pid), '--mount', 'chroot', path, '/usr/bin/env', '-i', 'PATH=/usr/sbin:/usr/bin', 'sh', '-c'];
  return {
    path,
    run: (line) => {
      const { status, stdout, stderr } = spawnSync('nsenter', [...inside, line], { encoding: 'utf8', cwd: '/' });
      return { code: status, output: stdout + stderr };
    },
    begin: (line) => spawn('nsenter', [...inside, line], { stdio: 'ignore', cwd: '/', detached: true }),
    close: async () => {
      const ended = once(holder, 'exit');
      process.kill(-(holder.pid ?? 0), 'SIGKILL');
      await ended;
    },
  };
}

/** The same package under another version, with some of its files replaced. */
export function repackage(
  archive: string,
  to: { readonly folder: string; readonly version: string; readonly files: Readonly<Record<string, string>> },
): void {
  const { folder, version, files } = to;
  const scratch = mkdtempSync(join(folder, 'unpacked-'));
  execFileSync('tar', ['-xzf', archive, '-C', scratch]);
  const [name = ''] = readdirSync(scratch);
  const root = `jzse-edge-${version}`;
  renameSync(join(scratch, name), join(scratch, root));
  for (const [file, text] of Object.entries({ ...files, VERSION: `${version}\n` })) writeFileSync(join(scratch, root, file), text);
  execFileSync('tar', ['--use-compress-program=gzip -1', '-cf', join(folder, `edge-${version}-linux-x64.tar.gz`), '-C', scratch, root]);
  rmSync(scratch, { recursive: true });
}
