import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export interface EdgeParts {
  /** Source files that the edge loads. */
  readonly files: ReadonlySet<string>;
  /** Folders that it reads from at run time. */
  readonly folders: ReadonlySet<string>;
  /** Folders of installed packages, with all that they need. */
  readonly packages: ReadonlySet<string>;
  /** Of our own packages: where they are looked for, and where they are. */
  readonly links: ReadonlyMap<string, string>;
}

interface Found {
  readonly files: Set<string>;
  readonly folders: Set<string>;
  readonly packages: Set<string>;
  readonly links: Map<string, string>;
}

const statement = /(?:^|\n)\s*(?:import|export)\s+(?!type\s)(?:[^'";]*?\sfrom\s+)?'([^']+)'/g;
const onDemand = /\bimport\('([^']+)'\)/g;
/** Threads, and folders such as migrations. */
const besides = /new URL\('(\.[^']*)', import\.meta\.url\)/g;

/** Follows what is imported from the edge's entry on: what is there for building, or for other programs, is not reached. */
export function traceEdge(repository: string): EdgeParts {
  const found: Found = { files: new Set(), folders: new Set(), packages: new Set(), links: new Map() };
  const edge = join(repository, 'apps/edge-node');
  found.files.add(join(edge, 'package.json'));
  traceFile(found, join(edge, 'src/main.ts'));
  return found;
}

function traceFile(found: Found, file: string): void {
  if (found.files.has(file)) return;
  found.files.add(file);
  if (!file.endsWith('.ts')) return;
  const text = readFileSync(file, 'utf8');
  for (const pattern of [statement, onDemand]) {
    for (const [, specifier] of text.matchAll(pattern)) if (specifier !== undefined) traceImport(found, file, specifier);
  }
  for (const [, path] of text.matchAll(besides)) {
    if (path === undefined) continue;
    const target = resolve(dirname(file), path);
    if (path.endsWith('/')) {
      if (existsSync(target) && !target.includes('/dist/')) found.folders.add(target);
    } else traceFile(found, target);
  }
}

function traceImport(found: Found, from: string, specifier: string): void {
  if (specifier.startsWith('node:')) return;
  if (specifier.startsWith('.')) return traceFile(found, resolve(dirname(from), specifier));
  const name = packageName(specifier);
  const folder = findPackage(dirname(from), name);
  if (folder === null) throw new Error(`${from} imports ${specifier}, which is not installed`);
  if (!name.startsWith('@jzse/')) return tracePackage(found, folder);
  const own = realpathSync(folder);
  found.links.set(folder, own);
  found.files.add(join(own, 'package.json'));
  const { exports } = packageJson(own) as { readonly exports: Readonly<Record<string, string>> };
  const entry = exports[specifier === name ? '.' : `.${specifier.slice(name.length)}`];
  if (entry === undefined) throw new Error(`${name} has no door ${specifier}`);
  traceFile(found, join(own, entry));
}

/** With its dependencies; optional ones as far as they are installed, such as a binary for this platform. */
function tracePackage(found: Found, folder: string): void {
  if (found.packages.has(folder)) return;
  found.packages.add(folder);
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = packageJson(folder);
  for (const name of Object.keys({ ...peerDependencies, ...optionalDependencies, ...dependencies })) {
    if (name.includes('musl') || buildOnly.has(name)) continue;
    const needed = findPackage(folder, name);
    if (needed !== null) tracePackage(found, needed);
    else if (name in dependencies && !(name in optionalDependencies)) throw new Error(`${folder} needs ${name}, which is not installed`);
  }
}

/** What packages name among their dependencies and load only when they are installed or checked for types. */
const buildOnly: ReadonlySet<string> = new Set(['typescript', 'prebuild-install', 'node-gyp', '@types/node', 'react', 'react-dom']);

interface PackageJson {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}
const packageJson = (folder: string): PackageJson => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;

const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function findPackage(from: string, name: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (dirname(folder) === folder) return null;
  }
}
