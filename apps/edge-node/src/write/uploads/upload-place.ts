import { JzseError } from '@jzse/api';
import type { Dot, FileFacts, SpaceId } from '@jzse/sync';
import { isSlug, parseDotKey, splitPath } from '@jzse/sync';

/** Where an upload goes, as its metadata says. */
export interface UploadPlace {
  readonly space: SpaceId;
  readonly names: readonly string[];
  readonly facts: FileFacts;
  readonly base: readonly Dot[] | null;
}

/**
 * Reads tus metadata. `space` is needed, and `path`, `filename` or both:
 * `path` alone is the whole path of the file; `filename` alone is a file at the top of the space; with both, `path` is the
 * folder, unless its last name is the file name, when it is the whole path. A `path` that ends with `/` is always the folder.
 * Throws `unknown-space`, `invalid-name` (as `InvalidPath`), `invalid-input`.
 */
export function placeOf(metadata: ReadonlyMap<string, string>): UploadPlace {
  const space = metadata.get('space');
  if (space === undefined) throw new JzseError('invalid-input', 'Upload-Metadata must name the space and the path or filename');
  if (!isSlug(space)) throw new JzseError('unknown-space', 'there is no such space', { detail: { space } });
  const modified = metadata.get('modified');
  const facts = { mediaType: mediaTypeOf(metadata), modifiedMs: modified === undefined ? null : timeMs(modified) };
  return { space: space as SpaceId, names: namesOf(metadata), facts, base: baseOf(metadata.get('base')) };
}

function namesOf(metadata: ReadonlyMap<string, string>): string[] {
  const path = metadata.get('path') ?? '';
  const filename = metadata.get('filename') ?? '';
  const isFolder = path.endsWith('/');
  const names = splitPath(path);
  if (filename === '') {
    if (names.length === 0 || isFolder) throw new JzseError('invalid-input', 'Upload-Metadata must name the file, in path or in filename');
    return names;
  }
  const [name, ...more] = splitPath(`/${filename}`);
  if (name === undefined || more.length > 0) throw new JzseError('invalid-name', 'filename must be one name; a folder belongs in path');
  return !isFolder && names.at(-1) === name ? names : splitPath(`/${[...names, name].join('/')}`);
}

const mediaTypeCharactersMax = 255;

function mediaTypeOf(metadata: ReadonlyMap<string, string>): string | null {
  const type = metadata.get('filetype') ?? '';
  return type === '' || type.length > mediaTypeCharactersMax ? null : type;
}

/** Milliseconds since 1970, as text. Throws `invalid-input`. */
export function timeMs(text: string): number {
  const ms = Number(text);
  if (!/^-?\d{1,16}$/.test(text) || Math.abs(ms) > 8.64e15) {
    throw new JzseError('invalid-input', 'a modification time is in milliseconds since 1970');
  }
  return ms;
}

function baseOf(text: string | undefined): readonly Dot[] | null {
  if (text === undefined || text === '') return null;
  return text.split(',').map((key) => {
    const dot = parseDotKey(key.trim());
    if (dot === null) throw new JzseError('invalid-input', 'base must be versions such as beijing:1/42, comma separated');
    return dot;
  });
}
