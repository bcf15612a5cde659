import { readFileSync } from 'node:fs';
import { isSlug, type SpaceId, spaceId } from '@jzse/sync';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

const tokenCharactersMin = 16;
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const spaceList = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(',').map((part) => part.trim()))])
  .transform((ids) => ids.filter((id) => id !== ''))
  .pipe(
    z.array(
      z
        .string()
        .refine(isSlug, 'must be short slugs: lower-case letters, digits and inner hyphens')
        .transform((id) => spaceId(id)),
    ),
  );

const portNumber = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,5}$/)
        .transform(Number),
    ],
    { error: 'must be a number' },
  )
  .pipe(z.int().min(0).max(65_535));

/** The one table of what can be set, by its key in the file. */
const settings = {
  token: z.string().min(tokenCharactersMin).meta({ env: 'JZSE_TOKEN', about: 'bearer token of every caller; required' }),
  host: z.string().min(1).default('127.0.0.1').meta({ env: 'JZSE_HOST', about: 'address to listen on' }),
  port: portNumber.default(7300).meta({ env: 'JZSE_PORT', about: 'port to listen on; 0: any free one' }),
  data: z.string().min(1).default('.jzse/hub').meta({ env: 'JZSE_DATA', about: 'folder of the embedded Postgres' }),
  databaseUrl: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL such as postgres://user:password@host:5432/name' })
    .nullable()
    .default(null)
    .meta({ env: 'JZSE_DATABASE_URL', about: 'a Postgres to use instead of the embedded one' }),
  spaces: spaceList.default([] as SpaceId[]).meta({ env: 'JZSE_SPACES', about: 'spaces to create at start, separated by commas' }),
  logLevel: z
    .enum(logLevels)
    .default('info')
    .meta({ env: 'JZSE_LOG_LEVEL', about: logLevels.join(', ') }),
};
const schema = z.strictObject(settings);
type Key = keyof typeof settings;
const keys = Object.keys(settings) as Key[];
const envOf = (key: Key): string => String(settings[key].meta()?.['env']);
const fileVariable = 'JZSE_CONFIG';

export type HubConfig = Readonly<z.infer<typeof schema>>;

/** A key or value that is not allowed. The message names each, one a line. */
export class InvalidConfig extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'InvalidConfig';
  }
}

/** From the YAML file that `JZSE_CONFIG` names, if any, and the environment, which wins. Throws `InvalidConfig`. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): HubConfig {
  const given = new Map<string, { readonly value: unknown; readonly name: string }>();
  const file = environment[fileVariable];
  if (file !== undefined && file !== '') {
    for (const [key, value] of Object.entries(readFile(file))) given.set(key, { value, name: `${key} (in ${file})` });
  }
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('JZSE_') || name === fileVariable || value === undefined || value === '') continue;
    const key = keys.find((candidate) => envOf(candidate) === name);
    if (key === undefined) unknown.push(`${name}: no such setting; there are ${[...keys.map(envOf), fileVariable].join(', ')}`);
    else given.set(key, { value, name });
  }
  const parsed = schema.safeParse(Object.fromEntries([...given].map(([key, { value }]) => [key, value])));
  const problems = parsed.success ? [] : parsed.error.issues.flatMap((issue) => describe(issue, (key) => given.get(key)?.name));
  if (!parsed.success || unknown.length > 0) throw new InvalidConfig([...unknown, ...problems]);
  return Object.freeze(parsed.data);
}

/** YAML that could be a configuration file, secrets masked. */
export function printConfig(config: HubConfig): string {
  return stringify({ ...config, token: mask, databaseUrl: config.databaseUrl === null ? null : withoutPassword(config.databaseUrl) });
}

/** The table for people. */
export function configHelp(): string {
  const lines = keys.map((key) => `  ${envOf(key).padEnd(20)} ${key.padEnd(12)} ${settings[key].meta()?.['about']}`);
  return [`  ${fileVariable.padEnd(20)} ${''.padEnd(12)} a YAML file with the keys of the second column`, ...lines].join('\n');
}

const mask = '***';

function withoutPassword(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = mask;
  for (const name of [...url.searchParams.keys()]) if (/pass/i.test(name)) url.searchParams.set(name, mask);
  return url.toString();
}

function readFile(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (cause) {
    throw new InvalidConfig([`${fileVariable}: ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`]);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new InvalidConfig([`${fileVariable}: ${path} must be a map of settings`]);
  }
  return content as Record<string, unknown>;
}

/** Never the value: it may be a secret. */
function describe(issue: z.core.$ZodIssue, nameOf: (key: string) => string | undefined): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${nameOf(key) ?? key}: no such setting; there are ${keys.join(', ')}`);
  const key = String(issue.path[0]) as Key;
  const isMissing = nameOf(key) === undefined;
  return [`${nameOf(key) ?? envOf(key)}: ${isMissing ? 'must be set' : issue.message}`];
}
