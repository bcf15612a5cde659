/** UTF-8 bytes of one name; what ext4, APFS and NTFS all can store. */
export const nameBytesMax = 255;
/** UTF-8 bytes of a whole path. */
export const pathBytesMax = 4096;

/** A name or path that cannot be stored; the message says why, for people. */
export class InvalidPath extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidPath';
  }
}

/** Names that are one and the same on a desktop system have one key: NFC, case folded (SY5). */
export const nameKey = (name: string): string => name.normalize('NFC').toLowerCase().normalize('NFC');

/** Why a name is refused, or null. Names that only some systems cannot store (`CON`, trailing dot) are fine here. */
export function checkName(name: string): string | null {
  if (name === '') return 'a name must not be empty';
  if (name === '.' || name === '..') return `"${name}" is not a name`;
  if (name.includes('/') || name.includes('\\')) return 'a name must not contain / or \\';
  if (hasControlCharacter(name)) return 'a name must not contain control characters';
  if (!name.isWellFormed()) return 'a name must be valid Unicode';
  if (utf8Bytes(name) > nameBytesMax) return `a name must not be longer than ${nameBytesMax} bytes`;
  return null;
}

/** Names of `/a/b`; a leading and a trailing slash may be missing or there. Throws `InvalidPath`. */
export function splitPath(path: string): string[] {
  const names = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (names.length === 1 && names[0] === '') return [];
  for (const name of names) {
    const problem = checkName(name);
    if (problem !== null) throw new InvalidPath(problem);
  }
  if (utf8Bytes(path) > pathBytesMax) throw new InvalidPath(`a path must not be longer than ${pathBytesMax} bytes`);
  return names;
}

export const joinPath = (names: readonly string[]): string => `/${names.join('/')}`;

/** `report.pdf` → `report (conflict beijing 2026-11-24).pdf`; from the second try on with a number. Never over `nameBytesMax`. */
export function conflictName(name: string, options: { readonly region: string; readonly date: string; readonly attempt: number }): string {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 && name.length - dot <= 16 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const number = options.attempt > 1 ? ` ${options.attempt}` : '';
  const suffix = ` (conflict ${options.region} ${options.date}${number})${extension}`;
  return truncateUtf8(stem, nameBytesMax - utf8Bytes(suffix)) + suffix;
}

function hasControlCharacter(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function truncateUtf8(text: string, bytesMax: number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += utf8Bytes(character);
    if (bytes > bytesMax) break;
    kept += character;
  }
  return kept;
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code >= 0xd800 && code < 0xdc00 && at + 1 < text.length) {
      bytes += 4;
      at++;
    } else bytes += 3;
  }
  return bytes;
}
