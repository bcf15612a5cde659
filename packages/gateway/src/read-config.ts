import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

/** The one table of what a server can be told: by its key in the file, a zod type with `.meta({ env, about })`. */
export type Settings = Readonly<Record<string, z.ZodType>>;
export type Config<S extends Settings> = Readonly<z.infer<z.ZodObject<S>>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** A key or value that is not allowed. The message names each, one a line, and never shows a value: it may be a secret. */
export class InvalidConfig extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'InvalidConfig';
  }
}

const prefix = 'JZSE_';
const fileVariable = 'JZSE_CONFIG';
/** What the command line and the supervisor read; it may stand in the environment that a server inherits. */
const foreignVariables = new Set(['JZSE_EDGE_URL', 'JZSE_HUB_URL', 'JZSE_TOKEN', 'JZSE_PARENT_WATCH']);

/** From the YAML file that `JZSE_CONFIG` names, if any, and the environment, which wins; parsed once and frozen. Throws `InvalidConfig`. */
export function readConfig<S extends Settings>(settings: S, environment: Environment): Config<S> {
  const keys = Object.keys(settings);
  const given = new Map<string, { readonly value: unknown; readonly name: string }>();
  const file = environment[fileVariable];
  if (file !== undefined && file !== '') {
    for (const [key, value] of Object.entries(readFile(file))) given.set(key, { value, name: `${key} (in ${file})` });
  }
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || name === fileVariable || value === undefined || value === '') continue;
    const key = keys.find((candidate) => envOf(settings, candidate) === name);
    if (key !== undefined) given.set(key, { value, name });
    else if (!foreignVariables.has(name)) {
      unknown.push(`${name}: no such setting; there are ${[...keys.map((each) => envOf(settings, each)), fileVariable].join(', ')}`);
    }
  }
  const parsed = z.strictObject(settings).safeParse(Object.fromEntries([...given].map(([key, { value }]) => [key, value])));
  if (parsed.success && unknown.length === 0) return Object.freeze(parsed.data) as Config<S>;
  const problems = parsed.error?.issues.flatMap((issue) => describe(issue, settings, (key) => given.get(key)?.name)) ?? [];
  throw new InvalidConfig([...unknown, ...problems]);
}

/** The table for people: variable, key, meaning. */
export function configHelp(settings: Settings): string {
  const lines = Object.entries(settings).map(([key, type]) => line(envOf(settings, key), key, String(type.meta()?.['about'])));
  return [line(fileVariable, '', 'a YAML file with the keys of the second column'), ...lines].join('\n');
}

const line = (variable: string, key: string, about: string): string => `  ${variable.padEnd(30)} ${key.padEnd(22)} ${about}`;

const envOf = (settings: Settings, key: string): string => String(settings[key]?.meta()?.['env']);

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

function describe(issue: z.core.$ZodIssue, settings: Settings, nameOf: (key: string) => string | undefined): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${nameOf(key) ?? key}: no such setting; there are ${Object.keys(settings).join(', ')}`);
  }
  const key = String(issue.path[0]);
  return [`${nameOf(key) ?? envOf(settings, key)}: ${nameOf(key) === undefined ? 'must be set' : issue.message}`];
}
