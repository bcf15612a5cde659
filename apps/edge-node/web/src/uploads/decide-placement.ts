import { asFolder } from '../edge/paths.ts';
import type { Place, UploadFile } from './upload-file.ts';
import { placeFile, uploadId } from './upload-file.ts';

/** The file with its place and the id that follows from it; false when it cannot be taken (no folder is open, or it is on its way already). */
export function decidePlacement(file: UploadFile, files: Readonly<Record<string, UploadFile>>, placeNow: Place | null): UploadFile | false {
  const placed = placeOf(file, placeNow);
  if (placed === null) return false;
  const id = uploadId(placed);
  const before = files[id];
  if (before !== undefined && !before.progress.uploadComplete && before.error == null) return false;
  return { ...file, id, name: placed.name, meta: { ...file.meta, name: placed.name, space: placed.space, path: asFolder(placed.folder) } };
}

function placeOf(file: UploadFile, placeNow: Place | null) {
  if (!(file.data instanceof Blob)) return null;
  if (file.meta.space !== undefined) return { file: file.data, space: file.meta.space, folder: file.meta.path, name: file.name };
  if (placeNow === null || !(file.data instanceof File)) return null;
  const relativePath = typeof file.meta.relativePath === 'string' ? file.meta.relativePath.replace(/^\//, '') : file.name;
  return placeFile({ file: file.data, relativePath }, placeNow);
}
