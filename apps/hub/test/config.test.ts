import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidConfig } from '@jzse/gateway';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { runHub } from './test-hub.ts';

const folder = mkdtempSync(join(tmpdir(), 'jzse-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const token = 'sixteen-characters-or-more';
const file = (text: string): string => {
  const path = join(folder, 'hub.yaml');
  writeFileSync(path, text);
  return path;
};
const refusal = (environment: Record<string, string>): string => {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof InvalidConfig) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('configuration', () => {
  test('has defaults for all but the token, and is frozen', () => {
    const config = loadConfig({ JZSE_TOKEN: token, OTHER: 'x', JZSE_DATABASE_URL: '' });
    expect(config).toMatchObject({
      token,
      host: '127.0.0.1',
      port: 7300,
      data: '.jzse/hub',
      databaseUrl: null,
      spaces: [],
      feedKeepDays: 7,
      maintainEveryMs: 60_000,
      logLevel: 'info',
    });
    expect(Object.isFrozen(config)).toBe(true);
    expect(refusal({})).toBe('JZSE_TOKEN: must be set');
  });

  test('comes from a file, and the environment wins', () => {
    const path = file(`token: ${token}\nport: 1234\nspaces: [demo, plans]\n`);
    expect(loadConfig({ JZSE_CONFIG: path, JZSE_PORT: '99' })).toMatchObject({ port: 99, spaces: ['demo', 'plans'] });
    expect(loadConfig({ JZSE_CONFIG: path, JZSE_SPACES: 'a, b,' })).toMatchObject({ port: 1234, spaces: ['a', 'b'] });
  });

  test.each([
    [{ JZSE_PROT: '1' }, 'JZSE_PROT: no such setting'],
    [{ JZSE_PORT: 'x' }, 'JZSE_PORT: '],
    [{ JZSE_PORT: '70000' }, 'JZSE_PORT: '],
    [{ JZSE_LOG_LEVEL: 'loud' }, 'JZSE_LOG_LEVEL: '],
    [{ JZSE_SPACES: 'Not A Slug' }, 'JZSE_SPACES: '],
    [{ JZSE_DATABASE_URL: 'mysql://x' }, 'JZSE_DATABASE_URL: '],
    [{ JZSE_CONFIG: '/does/not/exist' }, 'JZSE_CONFIG: /does/not/exist cannot be read'],
  ])('%j is refused with the key named', (environment, message) => {
    expect(refusal({ JZSE_TOKEN: token, ...environment })).toContain(message);
  });

  test.each([
    ['prot: 1', 'prot (in '],
    ['port: [1]', 'port (in '],
    ['- a', 'JZSE_CONFIG: '],
    ['a: [', 'JZSE_CONFIG: '],
  ])('a file with "%s" is refused with the key named', (text, message) => {
    expect(refusal({ JZSE_TOKEN: token, JZSE_CONFIG: file(text) })).toContain(message);
  });

  test('a refusal never shows a secret', () => {
    expect(refusal({ JZSE_TOKEN: 'short-secret' })).toMatch(/^JZSE_TOKEN: /);
    expect(refusal({ JZSE_TOKEN: 'short-secret', JZSE_DATABASE_URL: 'http://u:hunter2@h' })).not.toMatch(/short-secret|hunter2/);
  });
});

describe('the program', () => {
  test('--print-config masks secrets', async () => {
    const environment = { JZSE_TOKEN: token, JZSE_DATABASE_URL: 'postgres://ann:hunter2@db.example/jzse' };
    const { code, out } = await runHub(['--print-config'], environment);
    expect(code).toBe(0);
    expect(out).toContain('databaseUrl: postgres://ann:***@db.example/jzse');
    expect(out).toContain('token: "***"');
    expect(out).not.toMatch(/hunter2|sixteen/);
  });

  test('ends with 2 and the keys on a bad configuration or option', async () => {
    const bad = await runHub([], { JZSE_PROT: '1', JZSE_PORT: 'x' });
    expect(bad.code).toBe(2);
    expect(bad.err).toMatch(/JZSE_PROT: no such setting[\s\S]*JZSE_TOKEN: must be set[\s\S]*JZSE_PORT: /);
    expect((await runHub(['--nope'], {})).code).toBe(2);
  });
});
