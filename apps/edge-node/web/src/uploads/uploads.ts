import type { KeptUpload, KeptUploads } from './kept-uploads.ts';
import { openKeptUploads } from './kept-uploads.ts';
import { createTabIdentity } from './tab-identity.ts';
import type { UploadEngine } from './upload-engine.ts';
import { addPlaced, createUploadEngine } from './upload-engine.ts';
import type { IncomingFile, Place } from './upload-file.ts';
import { isDone, isFailed, placeFile, uploadId } from './upload-file.ts';

/** Uploads that end close together are forgotten together. */
const forgetAfterMs = 250;

/** Everything that is being uploaded by this tab, over reloads. */
export interface Uploads {
  readonly engine: UploadEngine;
  readonly add: (files: readonly IncomingFile[], place: Place) => void;
  /** Uploads of a tab that is gone, whose files the browser could not keep: they go on when the files are chosen again. */
  readonly interrupted: InterruptedUploads;
}
export interface InterruptedUploads {
  readonly now: () => readonly KeptUpload[];
  readonly onChange: (listener: () => void) => () => void;
  /** Continues those whose file is among `files` (by name, size and time); returns how many that were. */
  readonly continueWith: (files: readonly IncomingFile[]) => number;
  readonly dismiss: () => void;
}

/** Starts the engine, and what was going on before a reload. `placeNow`: the folder that is open. */
export async function startUploads(placeNow: () => Place | null): Promise<Uploads> {
  const engine = createUploadEngine(placeNow);
  const kept = openKeptUploads();
  const tab = createTabIdentity();
  keepWhileUploading(engine, kept, tab.id);
  const left = await kept.adopt(tab.id, await tab.findGone());
  const interrupted = createInterrupted(
    engine,
    kept,
    left.filter((upload) => upload.file === null),
  );
  addPlaced(
    engine,
    left.flatMap(({ file, space, folder, name }) => (file === null ? [] : [{ file, space, folder, name }])),
  );
  return {
    engine,
    interrupted,
    add: (files, place) => {
      clearDone(engine);
      addPlaced(
        engine,
        files.map((file) => placeFile(file, place)),
      );
    },
  };
}

/** Finished ones make room for new ones, unless something is still going on. */
export function clearDone(engine: UploadEngine): void {
  const files = engine.getFiles();
  if (!files.every((file) => isDone(file) || isFailed(file))) return;
  engine.removeFiles(files.filter(isDone).map((file) => file.id));
}

function keepWhileUploading(engine: UploadEngine, kept: KeptUploads, owner: string): void {
  engine.on('files-added', (files) => {
    const uploads = files.flatMap(({ id, name, meta, size, data }) => {
      if (!(data instanceof Blob)) return [];
      const { space, path: folder } = meta;
      return [{ id, owner, space, folder, name, size: size ?? 0, lastModified: data instanceof File ? data.lastModified : 0, file: data }];
    });
    void kept.keep(uploads);
  });
  let ended: string[] = [];
  const forgetLater = (id: string | undefined) => {
    if (id === undefined) return;
    if (ended.length === 0) {
      setTimeout(() => {
        void kept.forget(ended);
        ended = [];
      }, forgetAfterMs);
    }
    ended.push(id);
  };
  engine.on('upload-success', (file) => forgetLater(file?.id));
  engine.on('file-removed', (file) => forgetLater(file.id));
}

function createInterrupted(engine: UploadEngine, kept: KeptUploads, left: readonly KeptUpload[]): InterruptedUploads {
  let waiting = left;
  const listeners = new Set<() => void>();
  const set = (next: readonly KeptUpload[]) => {
    waiting = next;
    for (const listener of listeners) listener();
  };
  // The same file dropped into the same folder is the same upload.
  engine.on('files-added', (files) => {
    const ids = new Set(files.map((file) => file.id));
    if (waiting.some((upload) => ids.has(upload.id))) set(waiting.filter((upload) => !ids.has(upload.id)));
  });
  return {
    now: () => waiting,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    continueWith: (files) => {
      const found = waiting.flatMap(({ id, space, folder, name }) => {
        const match = files.find(({ file }) => uploadId({ space, folder, name, file }) === id);
        return match === undefined ? [] : [{ file: match.file, space, folder, name }];
      });
      addPlaced(engine, found);
      return found.length;
    },
    dismiss: () => {
      void kept.forget(waiting.map((upload) => upload.id));
      set([]);
    },
  };
}
