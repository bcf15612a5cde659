import type { Principal } from '@jzse/api';
import type { AuditEntry } from '@jzse/api/hub';
import { redactLine } from '../redact-line.ts';

/** What was done; where it came from and what became of it is known to whoever asks. */
export interface Happened {
  readonly action: string;
  /** In place of the caller. */
  readonly actor?: string | null;
  readonly space?: string | null;
  /** A path, or what else it was done to. Free of secrets. */
  readonly target?: string | null;
  readonly detail?: AuditEntry['detail'];
  /** Of a kind that is told once a minute for the same caller and target. */
  readonly isRead?: boolean;
}

export function actorOf(principal: Principal): string {
  switch (principal.type) {
    case 'user':
      return principal.user;
    case 'region':
      return `region/${principal.region}`;
    case 'link':
      return `link/${principal.link}`;
    case 'anonymous':
      return 'anonymous';
  }
}

/** By what the caller came: a device's session or a token. Ids, which open nothing. */
export function meansOf(principal: Principal): AuditEntry['detail'] {
  if (principal.type !== 'user') return {};
  const { device, session, token } = principal;
  return { device: plain(device, 100), ...(session === null ? {} : { session }), ...(token === null ? {} : { token }) };
}

const isSlug = (text: string): boolean => /^[a-z0-9-]{1,40}$/.test(text);

/** As the hub takes it: names that cannot be a space's are none. */
export const spaceOf = (text: string | null | undefined): AuditEntry['space'] =>
  text !== null && text !== undefined && isSlug(text) ? (text as AuditEntry['space']) : null;

/** Text that every database keeps, and not without end. */
export const storable = (text: string, charactersMax: number): string =>
  text.slice(0, charactersMax).toWellFormed().replaceAll('\0', '\ufffd');

/** The same, of what callers typed: somebody who puts a secret in the wrong field must not find it here. */
export const plain = (text: string, charactersMax: number): string => storable(redactLine(text.slice(0, charactersMax), []), charactersMax);
