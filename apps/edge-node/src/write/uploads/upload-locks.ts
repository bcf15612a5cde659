import { JzseError } from '@jzse/api';

/** The right to change one upload. */
export interface UploadHold {
  /** Aborted when somebody else wants it: settle at what has arrived, and release. */
  readonly stop: AbortSignal;
  release(): void;
}
export interface UploadLocks {
  /** Asks the present holder to stop and waits for it. Throws `upload-locked` when it does not in time. */
  acquire(id: string): Promise<UploadHold>;
}

/** A holder that cannot be interrupted is in its commit; longer than this, the client is to ask again. */
const lockWaitMs = 10_000;

/** Keeps two writers of one upload apart. The newer one wins: a client that lost its connection comes back before the server has noticed. */
export function createUploadLocks(): UploadLocks {
  const held = new Map<string, { readonly stop: AbortController; readonly released: Promise<void> }>();
  const grant = (id: string): UploadHold => {
    const stop = new AbortController();
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = () => {
        held.delete(id);
        resolve();
      };
    });
    held.set(id, { stop, released });
    return { stop: stop.signal, release };
  };
  return {
    acquire: async (id) => {
      let isLate = false;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          isLate = true;
          resolve();
        }, lockWaitMs);
      });
      try {
        for (let holder = held.get(id); holder !== undefined; holder = held.get(id)) {
          if (isLate) throw new JzseError('upload-locked', 'this upload is being finished by another request; ask again in a moment');
          holder.stop.abort();
          await Promise.race([holder.released, late]);
        }
        return grant(id);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
