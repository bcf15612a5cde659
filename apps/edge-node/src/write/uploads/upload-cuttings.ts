import type { Cutting } from '../seal-thread.ts';

/** A hash that covers the sealed chunks of an upload, kept between its parts. */
export interface OpenCutting {
  readonly cutting: Cutting;
  readonly sealedBytes: number;
}
export interface UploadCuttings {
  /** Takes it out, if it covers exactly so many bytes; any other is let go. */
  take(id: string, sealedBytes: number): Cutting | null;
  keep(id: string, open: OpenCutting): void;
  drop(id: string): void;
}

/** Uploads whose hash is kept; of the others, the sealed chunks are read again at their end. */
const cuttingsMax = 256;

/** Where a hash went on, the content is read once less. Lost with the process, which costs time only. */
export function createUploadCuttings(): UploadCuttings {
  const open = new Map<string, OpenCutting>();
  const drop = (id: string): void => {
    open.get(id)?.cutting.close();
    open.delete(id);
  };
  return {
    take: (id, sealedBytes) => {
      const kept = open.get(id);
      if (kept?.sealedBytes === sealedBytes) {
        open.delete(id);
        return kept.cutting;
      }
      drop(id);
      return null;
    },
    keep: (id, kept) => {
      drop(id);
      open.set(id, kept);
      const [oldest] = open.keys();
      if (open.size > cuttingsMax && oldest !== undefined) drop(oldest);
    },
    drop,
  };
}
