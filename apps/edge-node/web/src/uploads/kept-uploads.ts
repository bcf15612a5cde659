/** An upload that is not finished, as the browser keeps it over a reload. */
export interface KeptUpload {
  readonly id: string;
  /** The tab that sends it. */
  readonly owner: string;
  readonly space: string;
  readonly folder: string;
  readonly name: string;
  readonly size: number;
  readonly lastModified: number;
}
export interface KeptUploads {
  /** Keeps the uploads, and their files where there is room. Never fails: what cannot be kept is asked for again after a reload. */
  readonly keep: (uploads: readonly (KeptUpload & { readonly file: Blob })[]) => Promise<void>;
  readonly forget: (ids: readonly string[]) => Promise<void>;
  /** Makes `owner` the owner of every upload whose tab is gone, and returns them, with the file where it was kept. */
  readonly adopt: (owner: string, isGone: (owner: string) => boolean) => Promise<(KeptUpload & { readonly file: Blob | null })[]>;
}

const databaseName = 'jzse-uploads';
/** The browser copies a kept file: larger ones are asked for again instead. */
const keptFileBytesMax = 2 * 1024 ** 3;
/** Part of the room that the browser grants us which kept files may take. */
const quotaShare = 0.5;

export function openKeptUploads(): KeptUploads {
  const database = openDatabase().catch(() => null);
  return {
    keep: async (uploads) => {
      const opened = await database;
      if (opened === null) return;
      await write(opened, ['uploads'], (stores) => {
        for (const { file: _file, ...upload } of uploads) stores('uploads').put(upload);
      });
      for (const { id, file } of uploads) {
        if (!(await hasRoomFor(file.size))) continue;
        await write(opened, ['files', 'uploads'], (stores) => {
          // It may have finished, and been forgotten, meanwhile.
          const known = stores('uploads').getKey(id);
          known.onsuccess = () => {
            if (known.result !== undefined) stores('files').put(file, id);
          };
        });
      }
    },
    forget: async (ids) => {
      const opened = await database;
      if (opened === null) return;
      await write(opened, ['uploads', 'files'], (stores) => {
        for (const id of ids) {
          stores('uploads').delete(id);
          stores('files').delete(id);
        }
      });
    },
    adopt: async (owner, isGone) => {
      const opened = await database;
      if (opened === null) return [];
      const adopted: (KeptUpload & { readonly file: Blob | null })[] = [];
      await write(opened, ['uploads', 'files'], (stores) => {
        const all = stores('uploads').getAll() as IDBRequest<KeptUpload[]>;
        all.onsuccess = () => {
          for (const upload of all.result.filter((kept) => isGone(kept.owner))) {
            stores('uploads').put({ ...upload, owner });
            const file = stores('files').get(upload.id) as IDBRequest<Blob | undefined>;
            file.onsuccess = () => adopted.push({ ...upload, owner, file: file.result ?? null });
          }
        };
      });
      return adopted;
    },
  };
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(databaseName, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('uploads', { keyPath: 'id' });
      request.result.createObjectStore('files');
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** One transaction; a browser that refuses (full disk, private window) is as if nothing was kept. */
function write(database: IDBDatabase, names: readonly string[], change: (stores: (name: string) => IDBObjectStore) => void): Promise<void> {
  return new Promise((resolve) => {
    const transaction = database.transaction([...names], 'readwrite');
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => resolve();
    change((name) => transaction.objectStore(name));
  });
}

async function hasRoomFor(bytes: number): Promise<boolean> {
  if (bytes > keptFileBytesMax) return false;
  // Only a secure page is told how much room there is.
  const estimate = await navigator.storage?.estimate().catch(() => undefined);
  if (estimate?.quota === undefined) return true;
  return (estimate.usage ?? 0) + bytes <= estimate.quota * quotaShare;
}
