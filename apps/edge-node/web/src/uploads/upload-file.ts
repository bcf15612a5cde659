import type { UppyFile } from '@uppy/core';
import type { TusBody } from '@uppy/tus';
import { asFolder, childOf, nameOf, parentOf } from '../edge/paths.ts';

/** Where a file goes: a folder (`/a/b`) of a space. */
export interface Place {
  readonly space: string;
  readonly folder: string;
}
/** A file that a person gave us; `relativePath` is `b/c.txt` when it came inside of a folder. */
export interface IncomingFile {
  readonly file: File;
  readonly relativePath: string;
}
/** What the edge is told with an upload; `path` is the folder and ends with a slash. */
export type UploadMeta = { space: string; path: string };
export type UploadFile = UppyFile<UploadMeta, TusBody>;

/** Uppy adds `filename` and `filetype` from the last two. */
export const sentMetaFields = ['space', 'path', 'name', 'type'];

/** The file with the folder that it belongs into, folders dropped with it included. */
export function placeFile({ file, relativePath }: IncomingFile, place: Place) {
  const target = childOf(place.folder, relativePath);
  return { file, space: place.space, folder: parentOf(target), name: nameOf(target) };
}

/** Names one upload: the same file to the same place is the same upload, also after a reload. */
export function uploadId(upload: { readonly space: string; readonly folder: string; readonly name: string; readonly file: Blob }): string {
  const lastModified = upload.file instanceof File ? upload.file.lastModified : 0;
  return `${upload.space}${encodeURIComponent(asFolder(upload.folder) + upload.name)}-${upload.file.size}-${lastModified}`;
}

export const isDone = (file: UploadFile): boolean => file.progress.uploadComplete === true;
export const isFailed = (file: UploadFile): boolean => typeof file.error === 'string';
