import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Debian's browser; its fonts are for the Chinese that the page also speaks. */
const debianBrowser = '/usr/bin/chromium';
const debianPackages = ['chromium', 'fonts-noto-cjk'];

/** Brings the browser that the browser tests need: as root on Debian by apt, elsewhere Playwright's own. Does nothing where it is there. */
if (existsSync(debianBrowser)) {
  process.stdout.write(`${debianBrowser} is there\n`);
} else if (isDebian() && process.getuid?.() === 0) {
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...debianPackages], { DEBIAN_FRONTEND: 'noninteractive' });
} else {
  run('npx', ['playwright', 'install', 'chromium']);
}

function isDebian(): boolean {
  const release = '/etc/os-release';
  return existsSync(release) && /^ID(_LIKE)?=.*debian/m.test(readFileSync(release, 'utf8'));
}

function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status, error } = spawnSync(file, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status === 0) return;
  process.stderr.write(`${file} ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}\n`);
  process.exit(status ?? 1);
}
