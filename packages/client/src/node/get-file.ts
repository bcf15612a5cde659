import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { JzseError } from '@jzse/api';
import { backOffMs, pause } from '../back-off.ts';
import type { EdgeClient } from '../edge-client.ts';
import { isRetryable, unreachable } from '../errors.ts';

const pace = { firstMs: 200, maxMs: 4_000 };
/** Attempts in a row that bring no byte. */
const attemptsMax = 6;

export interface GetOptions {
  readonly space: string;
  readonly path: string;
  /** The local file; it is there whole or not at all. Its folder is made. */
  readonly target: string;
  /** A dot key; absent: the version that is shown when it starts. */
  readonly version?: string;
  /** The local file's time of modification; absent: when the version was committed. */
  readonly modifiedMs?: number;
  /** `total` null: the edge did not say. */
  readonly onProgress?: (bytes: number, total: number | null) => void;
  readonly signal?: AbortSignal;
}
export interface GotFile {
  readonly bytes: number;
  readonly version: string;
}

/**
 * Writes beside the target under a temporary name, goes on at the byte where a connection was lost, compares with the hash that
 * the edge names for the whole content, then renames. Rejects with `checksum-mismatch` when bytes are wrong; nothing is left then.
 */
export async function getFile(client: EdgeClient, options: GetOptions): Promise<GotFile> {
  await mkdir(dirname(options.target), { recursive: true });
  const temporary = join(dirname(options.target), `.${basename(options.target).slice(0, 200)}.${randomBytes(6).toString('hex')}.part`);
  try {
    const file = await open(temporary, 'wx');
    const download: Download = { file, hasher: createHash('sha256'), bytes: 0, facts: null };
    try {
      await fetchAll(client, options, download);
      checkWhole(options.path, download);
    } finally {
      await file.close();
    }
    const { modified: committed, version } = factsOf(download);
    const modified = options.modifiedMs === undefined ? committed : new Date(options.modifiedMs);
    if (modified !== null) await utimes(temporary, modified, modified);
    await rename(temporary, options.target);
    return { bytes: download.bytes, version };
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

interface Facts {
  /** Of one version all parts must be. */
  readonly version: string;
  readonly sha256: string | null;
  readonly total: number | null;
  readonly modified: Date | null;
}
interface Download {
  readonly file: FileHandle;
  readonly hasher: ReturnType<typeof createHash>;
  bytes: number;
  facts: Facts | null;
}

async function fetchAll(client: EdgeClient, options: GetOptions, download: Download): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const before = download.bytes;
    try {
      return await fetchRest(client, options, download);
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      if (download.bytes > before) attempt = 0;
      if (!isRetryable(error) || attempt + 1 >= attemptsMax) throw error;
      await pause(backOffMs(attempt, pace), options.signal);
      options.signal?.throwIfAborted();
    }
  }
}

async function fetchRest(client: EdgeClient, options: GetOptions, download: Download): Promise<void> {
  const known = download.facts;
  const version = options.version ?? known?.version;
  const response = await client.files.read(options, {
    ...(version === undefined ? {} : { version }),
    ...(download.bytes > 0 ? { range: { start: download.bytes } } : {}),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (response.body === null) throw new JzseError('internal', 'an answer without a body');
  if (download.bytes > 0 && response.status !== 206) throw new JzseError('internal', 'the edge did not go on where it was asked to');
  download.facts ??= readFacts(response);
  try {
    for await (const bytes of response.body) {
      download.hasher.update(bytes);
      await writeWhole(download.file, bytes);
      download.bytes += bytes.length;
      options.onProgress?.(download.bytes, download.facts.total);
    }
  } catch (error) {
    throw isFromDisk(error) || options.signal?.aborted === true ? error : unreachable(client.connection.url, error);
  }
  if (download.facts.total !== null && download.bytes < download.facts.total) {
    throw unreachable(client.connection.url, new Error('the answer was cut short'));
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

const isFromDisk = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && (error.syscall === 'write' || error.syscall === 'open');

function readFacts({ headers, status }: Response): Facts {
  const length = headers.get('content-length');
  const modified = Date.parse(headers.get('last-modified') ?? '');
  return {
    version: (headers.get('etag') ?? '').replaceAll('"', ''),
    sha256: /sha-256=:([^:]+):/.exec(headers.get('repr-digest') ?? '')?.[1] ?? null,
    total: status === 200 && length !== null ? Number(length) : null,
    modified: Number.isNaN(modified) ? null : new Date(modified),
  };
}

function factsOf({ facts }: Download): Facts {
  if (facts === null) throw new JzseError('internal', 'nothing was answered');
  return facts;
}

function checkWhole(path: string, download: Download): void {
  const { sha256 } = factsOf(download);
  const found = download.hasher.digest('base64');
  if (sha256 !== null && sha256 !== found) {
    throw new JzseError('checksum-mismatch', `${path} arrived damaged; get it again`, { detail: { expected: sha256, found } });
  }
}
