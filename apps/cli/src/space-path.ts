import { JzseError } from '@jzse/api';
import { InvalidPath, isSlug, joinPath, splitPath } from '@jzse/sync';
import { UsageError } from './exit-codes.ts';

/** `demo:/a/b` taken apart. */
export interface SpacePath {
  readonly space: string;
  /** `/a/b`; `/` is the top. */
  readonly path: string;
  readonly names: readonly string[];
  /** Written with a slash at the end: the thing inside is meant. */
  readonly inside: boolean;
}

/** Throws `UsageError` for what is no `space:/path`, `invalid-name` for a name that cannot be. */
export function parseSpacePath(text: string): SpacePath {
  const colon = text.indexOf(':');
  const space = text.slice(0, Math.max(colon, 0));
  if (!isSlug(space)) throw new UsageError(`"${text}" is not a place in a space; write it as space:/path, for instance demo:/plans`);
  const path = text.slice(colon + 1);
  try {
    const names = splitPath(path);
    return { space, path: joinPath(names), names, inside: path === '' || path.endsWith('/') };
  } catch (error) {
    if (error instanceof InvalidPath) throw new JzseError('invalid-name', `${text}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** `within('/a', 'b')` is `/a/b`. */
export const within = (folder: string, name: string): string => (folder === '/' ? `/${name}` : `${folder}/${name}`);
