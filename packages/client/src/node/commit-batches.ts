import { type ErrorCode, JzseError } from '@jzse/api';
import type { EntryInfo, FileCommit } from '@jzse/api/edge';
import type { EdgeClient } from '../edge-client.ts';
import { withRetries } from './with-retries.ts';

/** What one commit holds at most, and how many are out at a time. */
const filesMax = 500;
const chunksMax = 50_000;
const commitsMax = 2;

export interface Committer {
  /** Resolves with the file as the region shows it now. One that is refused fails no other. */
  commit(file: FileCommit): Promise<EntryInfo>;
}

interface Waiting {
  readonly file: FileCommit;
  readonly resolve: (entry: EntryInfo) => void;
  readonly reject: (error: unknown) => void;
}

/** Files that become ready while commits are out go together in the next one. */
export function createCommitter(client: EdgeClient, space: string, signal: AbortSignal): Committer {
  const ready: Waiting[] = [];
  let commits = 0;

  const start = () => {
    while (commits < commitsMax && ready.length > 0) void run(takeBatch(ready));
  };
  const run = async (batch: readonly Waiting[]) => {
    commits++;
    await commitOrSplit(batch);
    commits--;
    start();
  };
  const commitOrSplit = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const entries = await commitAll(client, { space, files: batch.map(({ file }) => file), signal });
      batch.forEach(({ resolve }, index) => {
        resolve(entries[index] as EntryInfo);
      });
    } catch (error) {
      const half = Math.ceil(batch.length / 2);
      if (batch.length > 1 && isOfOneFile(error)) {
        await commitOrSplit(batch.slice(0, half));
        await commitOrSplit(batch.slice(half));
      } else for (const { reject } of batch) reject(error);
    }
  };
  return {
    commit: (file) =>
      new Promise((resolve, reject) => {
        ready.push({ file, resolve, reject });
        if (commits < commitsMax) queueMicrotask(start);
      }),
  };
}

function takeBatch(ready: Waiting[]): Waiting[] {
  let count = 0;
  let chunks = 0;
  for (; count < ready.length && count < filesMax && (count === 0 || chunks < chunksMax); count++) {
    chunks += ready[count]?.file.chunks.length ?? 0;
  }
  return ready.splice(0, count);
}

interface Batch {
  readonly space: string;
  readonly files: readonly FileCommit[];
  readonly signal: AbortSignal;
}

async function commitAll(client: EdgeClient, { space, files, signal }: Batch): Promise<readonly EntryInfo[]> {
  const done = new Map<FileCommit, EntryInfo>();
  let isUnsure = false;
  return withRetries(signal, async (attempt) => {
    if (isUnsure) await findDone(client, { space, files, done });
    const rest = files.filter((file) => !done.has(file));
    try {
      const entries = rest.length === 0 ? [] : await client.trpc.commitFiles.mutate({ space, files: mutableCommits(rest) }, { signal });
      rest.forEach((file, index) => {
        done.set(file, entries[index] as EntryInfo);
      });
      return files.map((file) => done.get(file) as EntryInfo);
    } catch (error) {
      isUnsure = error instanceof JzseError && error.detail['maybeDone'] === true;
      const shown = attempt > 0 && files.length === 1 ? await alreadyCommitted(client, space, files[0]) : null;
      if (shown !== null) return [shown];
      throw error;
    }
  });
}

/** Questions at a time. */
const questionsMax = 16;

/** A commit whose answer was lost is not made again, at another edge least of all, for files that are shown with these bytes by now. */
async function findDone(
  client: EdgeClient,
  { space, files, done }: Pick<Batch, 'space' | 'files'> & { readonly done: Map<FileCommit, EntryInfo> },
): Promise<void> {
  for (let at = 0; at < files.length; at += questionsMax) {
    const asked = files.slice(at, at + questionsMax).map(async (file) => {
      const shown = await client.trpc.stat.query({ space, path: file.path }).catch(() => null);
      if (shown?.hash === file.content.hash && shown.version !== file.ifMatch) done.set(file, shown);
    });
    await Promise.all(asked);
  }
}

/** A conditional commit that was cut off may have been done: then its own file is what now stands in its way. */
async function alreadyCommitted(client: EdgeClient, space: string, file: FileCommit | undefined): Promise<EntryInfo | null> {
  if (file === undefined || (file.ifMatch === null && !file.ifAbsent)) return null;
  const shown = await client.trpc.stat.query({ space, path: file.path }).catch(() => null);
  return shown?.hash === file.content.hash && shown.version !== file.ifMatch ? shown : null;
}

const mutableCommits = (files: readonly FileCommit[]) =>
  files.map((file) => ({ ...file, chunks: [...file.chunks], base: file.base === null ? null : [...file.base] }));

const ofOneFile: ReadonlySet<ErrorCode> = new Set([
  'invalid-name',
  'invalid-input',
  'already-exists',
  'not-a-folder',
  'is-a-folder',
  'precondition-failed',
  'unknown-path',
  'unknown-version',
  'too-large',
  'chunks-missing',
]);

const isOfOneFile = (error: unknown): boolean => error instanceof JzseError && ofOneFile.has(error.code);
