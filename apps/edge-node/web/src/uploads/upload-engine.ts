import Uppy from '@uppy/core';
import type { TusBody } from '@uppy/tus';
import Tus from '@uppy/tus';
import { asFolder } from '../edge/paths.ts';
import { decidePlacement } from './decide-placement.ts';
import type { Place, UploadMeta } from './upload-file.ts';
import { sentMetaFields } from './upload-file.ts';

export type UploadEngine = Uppy<UploadMeta, TusBody>;

/** Requests at a time; the browser allows six to one server, and the page itself needs some. */
const uploadsAtOnce = 3;
/** Files up to this size go in one request, and are not resumed: sending them again is cheaper. */
const singleRequestBytesMax = 256 * 1024;
/** Waits between tries; the count begins anew whenever bytes got through. */
const retryDelaysMs = [300, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
const storageFullStatus = 507;

/**
 * The upload engine: files are sent as soon as they are added, each in one request from the byte that the edge has.
 * Without a place of its own (dropped on the panel) a file goes to `placeNow`.
 */
export function createUploadEngine(placeNow: () => Place | null): UploadEngine {
  const uppy = new Uppy<UploadMeta, TusBody>({
    id: 'jzse',
    autoProceed: true,
    allowMultipleUploadBatches: true,
    onBeforeFileAdded: (file, files) => decidePlacement(file, files, placeNow()),
  });
  uppy.use(Tus, {
    endpoint: '/tus',
    limit: uploadsAtOnce,
    retryDelays: retryDelaysMs,
    removeFingerprintOnSuccess: true,
    allowedMetaFields: sentMetaFields,
    onShouldRetry: (error, ...[, , decide]) => error.originalResponse?.getStatus() !== storageFullStatus && decide(error),
  });
  uppy.on('files-added', (files) => {
    for (const file of files) {
      if ((file.size ?? Number.POSITIVE_INFINITY) > singleRequestBytesMax) continue;
      uppy.setFileState(file.id, { tus: { uploadDataDuringCreation: true, storeFingerprintForResuming: false } });
    }
  });
  return uppy;
}

export interface PlacedFile {
  readonly file: Blob;
  readonly space: string;
  readonly folder: string;
  readonly name: string;
}

export function addPlaced(uppy: UploadEngine, files: readonly PlacedFile[]): void {
  uppy.addFiles(
    files.map(({ file, space, folder, name }) => ({ data: file, name, type: file.type, meta: { space, path: asFolder(folder) } })),
  );
}
