import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { edgeConfigHelp, loadConfig as loadEdge } from '../../edge-node/src/config.ts';
import { hubConfigHelp, loadConfig as loadHub } from '../src/config.ts';

const deploy = join(import.meta.dirname, '../../../deploy');
const token = 'a-token-for-tests-only';

/** What stands for a secret, or for something that the operator says. */
const filled = (name: string, value: unknown): string => {
  const text = String(value ?? '').replace(/\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}/g, '$1');
  if (name === 'JZSE_DATABASE_URL') return text === '' ? 'postgres://a:b@database/jzse' : text;
  return text === '' && name === 'JZSE_TOKEN' ? token : text;
};

test('what compose sets, hub and edge take', () => {
  const { services } = parse(readFileSync(join(deploy, 'compose.yaml'), 'utf8'), { merge: true }) as {
    readonly services: Record<'hub' | 'edge', { readonly environment: Record<string, unknown>; readonly read_only: boolean }>;
  };
  const environmentOf = (name: 'hub' | 'edge') =>
    Object.fromEntries(Object.entries(services[name].environment).map(([key, value]) => [key, filled(key, value)]));
  expect(loadHub(environmentOf('hub'))).toMatchObject({ port: 7300, spaces: ['demo'] });
  expect(loadEdge(environmentOf('edge'))).toMatchObject({
    region: 'beijing',
    hubUrl: 'http://hub:7300',
    url: 'http://edge:7400',
    port: 7400,
  });
  expect(services.edge.read_only).toBe(true);
});

interface Workload {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}
interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
}

test.each(readdirSync(join(deploy, 'kubernetes')))('what %s sets, the server takes', (file) => {
  const documents = parseAllDocuments(readFileSync(join(deploy, 'kubernetes', file), 'utf8')).map(
    (document) => document.toJS() as Workload,
  );
  const containers = documents.filter(({ kind }) => kind !== 'Service').flatMap(({ spec }) => spec.template.spec.containers);
  expect(containers).toHaveLength(1);
  for (const { args, env, securityContext } of containers) {
    const environment = Object.fromEntries(env.map(({ name, value }) => [name, filled(name, value)]));
    const load = args[0] === 'apps/hub/src/main.ts' ? loadHub : loadEdge;
    expect(load(environment)).toBeDefined();
    expect(securityContext.readOnlyRootFilesystem).toBe(true);
  }
});

test('the install script sets what an edge knows', () => {
  const script = readFileSync(join(deploy, 'install.sh'), 'utf8');
  const known = `${edgeConfigHelp()}\n${hubConfigHelp()}`;
  for (const [, name] of script.matchAll(/^(JZSE_\w+)=/gm)) expect(known).toContain(`${name} `);
  expect(script.trimEnd().endsWith('main "$@"')).toBe(true);
});
