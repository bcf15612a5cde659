import type { FinishedCall, Principal } from '@jzse/api';
import type { AuditEntry } from '@jzse/api/hub';
import { type Happened, plain, spaceOf, storable } from './happened.ts';

/** Fields of an input that say what was done. No other field is looked at: passwords, tokens and codes have other names. */
const told = ['user', 'group', 'region', 'session', 'id', 'name', 'role', 'placement', 'entryId', 'mode', 'device', 'to', 'url'] as const;
const toldNumbers = ['usesMax', 'expiresMs', 'bytesMax', 'untilMs', 'isAdmin', 'isDisabled', 'isService', 'deep'] as const;
const pathFields = ['path', 'from', 'folder'] as const;
const targets = ['subject', 'user', 'group', 'region', 'session', 'id'] as const;
const pathsCharactersMax = 2_000;
const textCharactersMax = 300;
const targetCharactersMax = 4_096;

type Fields = Readonly<Record<string, unknown>>;

/** What a call of a procedure did, by the fields of its input that are known to be no secrets. */
export function describeCall({ path: action, input, answer }: FinishedCall, principal: Principal): Happened {
  const fields: Fields = { ...fieldsOf(input), ...fieldsOf(fieldsOf(input)['change']), ...fieldsOf(fieldsOf(input)['of']) };
  const subject = subjectOf(fields['subject']);
  const files = filesOf(fields['files']);
  const onBehalf = principal.type === 'region' ? (textAt(fields, 'actor') ?? textAt(fields, 'user')) : null;
  const isSignIn = action === 'accounts.signIn';
  // Who comes with a code is known only when it was right.
  const handedOver = action === 'accounts.takeHandOver' ? textAt(fieldsOf(answer), 'user') : null;
  return {
    action,
    actor: isSignIn ? (textAt(fields, 'user')?.trim().toLowerCase() ?? null) : (handedOver ?? onBehalf),
    space: spaceOf(textAt(fields, 'space')),
    target: targetOf({ ...fields, subject }) ?? files?.target ?? null,
    detail: {
      ...given(fields),
      ...(subject === null ? {} : { subject }),
      ...(files === null ? {} : files.detail),
      ...(principal.type === 'region' ? { region: principal.region } : {}),
      ...madeBy(answer),
    },
  };
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

function textAt(fields: Fields, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? plain(value, textCharactersMax) : null;
}

function targetOf(fields: Fields): string | null {
  for (const name of pathFields) {
    const value = fields[name];
    if (typeof value === 'string') return storable(value, targetCharactersMax);
  }
  for (const name of targets) {
    const text = textAt(fields, name);
    if (text !== null) return text;
  }
  return null;
}

function given(fields: Fields): AuditEntry['detail'] {
  const detail: Record<string, string | number | boolean> = {};
  for (const name of told) {
    const text = textAt(fields, name);
    if (text !== null) detail[name] = text;
  }
  for (const name of toldNumbers) {
    const value = fields[name];
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) detail[name] = value;
  }
  return detail;
}

function subjectOf(value: unknown): string | null {
  const fields = fieldsOf(value);
  const name = textAt(fields, 'user') ?? textAt(fields, 'group');
  return name === null ? null : `${textAt(fields, 'type')}/${name}`;
}

/** Of many files the first few; the log has all, with their author. */
function filesOf(value: unknown): { readonly target: string | null; readonly detail: AuditEntry['detail'] } | null {
  if (!Array.isArray(value)) return null;
  const [first, ...more] = value.slice(0, 100).flatMap((file: unknown) => {
    const { path } = fieldsOf(file);
    return typeof path === 'string' ? [path] : [];
  });
  const detail = more.length === 0 ? {} : { files: value.length, more: storable(more.join('\n'), pathsCharactersMax) };
  return { target: first === undefined ? null : storable(first, targetCharactersMax), detail };
}

/** The id of what a call made: of a link or token, which without its secret opens nothing. */
function madeBy(answer: unknown): AuditEntry['detail'] {
  const { id } = fieldsOf(answer);
  return typeof id === 'string' ? { made: plain(id, 64) } : {};
}
