import { spawnSync } from 'node:child_process';
import { repository } from './processes.ts';

/** Builds the page that edges serve, so that a run always tests what is in the tree; turbo does nothing when nothing changed. */
export function buildPage(): void {
  const { status } = spawnSync('npm', ['run', '--silent', 'build:web'], { cwd: repository, stdio: 'inherit' });
  if (status !== 0) throw new Error('the page could not be built: run `npm run build:web` to see why');
}
