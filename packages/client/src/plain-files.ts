import { JzseError } from '@jzse/api';
import { InvalidPath, splitPath } from '@jzse/sync';
import type { Connection } from './connection.ts';

export interface ReadOptions {
  /** Byte offsets, both included; `end` absent: to the end of the file. */
  readonly range?: { readonly start: number; readonly end?: number };
  /** A dot key, `beijing:1/42`; absent: the version that is shown. */
  readonly version?: string;
  /** Only if this version is shown now; `precondition-failed` otherwise. */
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
}
export interface PutOptions {
  /** Only if this version (dot key) is shown now. */
  readonly ifMatch?: string;
  /** Only if nothing has the name. */
  readonly ifAbsent?: boolean;
  readonly mediaType?: string;
  readonly modifiedMs?: number;
  readonly signal?: AbortSignal;
}

export interface FileAddress {
  readonly space: string;
  readonly path: string;
}

/** Whole contents by path, over plain HTTP. */
export interface PlainFiles {
  /** 200, or 206 for a range. The body streams; `etag` is the version in quotes, `repr-digest` the hash of the whole content. */
  read(at: FileAddress, options?: ReadOptions): Promise<Response>;
  /** Answers when the content is safe in that region: the version that it became, and whether the name is new. */
  put(at: FileAddress, body: BodyInit, options?: PutOptions): Promise<{ readonly version: string; readonly created: boolean }>;
  remove(at: FileAddress, options?: { readonly ifMatch?: string; readonly signal?: AbortSignal }): Promise<void>;
  /** Address of a file on that edge, for links. */
  url(at: FileAddress, version?: string): string;
}

export function createPlainFiles(connection: Connection): PlainFiles {
  return {
    read: (at, options = {}) => {
      const headers = new Headers();
      if (options.range !== undefined) headers.set('range', `bytes=${options.range.start}-${options.range.end ?? ''}`);
      if (options.ifMatch !== undefined) headers.set('if-match', quoted(options.ifMatch));
      return connection.request(filePath(at, options.version), withSignal({ headers }, options.signal));
    },
    put: async (at, body, options = {}) => {
      const headers = new Headers({ 'content-type': options.mediaType ?? 'application/octet-stream' });
      if (options.ifMatch !== undefined) headers.set('if-match', quoted(options.ifMatch));
      if (options.ifAbsent === true) headers.set('if-none-match', '*');
      if (options.modifiedMs !== undefined) headers.set('x-jzse-modified-ms', String(Math.trunc(options.modifiedMs)));
      const init = { method: 'PUT', headers, body, duplex: 'half' };
      const response = await connection.request(filePath(at), withSignal(init, options.signal));
      await response.body?.cancel();
      return { version: (response.headers.get('etag') ?? '').replaceAll('"', ''), created: response.status === 201 };
    },
    remove: async (at, options = {}) => {
      const headers = new Headers();
      if (options.ifMatch !== undefined) headers.set('if-match', quoted(options.ifMatch));
      const response = await connection.request(filePath(at), withSignal({ method: 'DELETE', headers }, options.signal));
      await response.body?.cancel();
    },
    url: (at, version) => `${connection.url}${filePath(at, version)}`,
  };
}

const quoted = (version: string): string => `"${version}"`;

const withSignal = (init: RequestInit, signal: AbortSignal | undefined): RequestInit => (signal === undefined ? init : { ...init, signal });

/** Checked here, because a URL parser would resolve a name like `..` away before any server saw it. */
function filePath({ space, path }: FileAddress, version?: string): string {
  try {
    const names = splitPath(path).map(encodeURIComponent);
    const query = version === undefined ? '' : `?version=${encodeURIComponent(version)}`;
    return `/files/${[encodeURIComponent(space), ...names].join('/')}${query}`;
  } catch (error) {
    if (error instanceof InvalidPath) throw new JzseError('invalid-name', error.message, { cause: error });
    throw error;
  }
}
