import { JzseError } from './error-code.ts';
import type { AccessRule, Action } from './identity/access-rule.ts';

/** A procedure's rule, and which fields of its input are paths that it touches. */
export interface TableEntry {
  readonly rule: AccessRule;
  readonly paths: (input: unknown) => readonly string[];
}
export type AccessTable = Readonly<Record<string, TableEntry>>;

/** What a call is about, as far as its input says. */
export interface CallTarget {
  readonly space: string | null;
  readonly region: string | null;
  readonly paths: readonly string[];
}
/** Resolves when the caller may; the server decides. */
export type Allow = (rule: AccessRule, target: CallTarget) => Promise<void>;

/** Fails closed: a procedure without an entry is refused to everybody. */
export async function allowCall(
  table: AccessTable,
  { path, input, allow }: { readonly path: string; readonly input: unknown; readonly allow: Allow },
): Promise<void> {
  const found = table[path];
  if (found === undefined) throw new JzseError('forbidden', 'nobody may call this');
  await allow(found.rule, { space: textAt(input, 'space'), region: textAt(input, 'region'), paths: found.paths(input) });
}

function textAt(input: unknown, name: string): string | null {
  return textsAt(input, [name])[0] ?? null;
}

const noPaths = (): readonly string[] => [];
const entry = (rule: AccessRule, paths: TableEntry['paths'] = noPaths): TableEntry => ({ rule, paths });

export const anyone = entry({ who: 'anyone' });
export const signedIn = entry({ who: 'signed-in' });
export const admin = entry({ who: 'admin' });
export const region = entry({ who: 'region' });
export const regionOrAdmin = entry({ who: 'region-or-admin' });
export const writer = entry({ who: 'writer' });
/** The role counts at the top of the space. */
export const wholeSpace = (action: Action): TableEntry => entry({ who: 'space', action, scope: 'whole' });
/** A grant on a folder above each of these fields is enough. */
export const atPaths = (action: Action, ...fields: readonly string[]): TableEntry =>
  entry({ who: 'space', action, scope: 'paths' }, (input) => fields.flatMap((field) => textsAt(input, field.split('.'))));

/** `files.path` is the `path` of every item of `files`. */
function textsAt(value: unknown, [name, ...rest]: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => textsAt(item, name === undefined ? [] : [name, ...rest]));
  if (name === undefined) return typeof value === 'string' ? [value] : [];
  return typeof value === 'object' && value !== null && name in value ? textsAt((value as Record<string, unknown>)[name], rest) : [];
}
