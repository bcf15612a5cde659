import type { IncomingFile } from './upload-file.ts';

/** The files of a drop, with those inside of dropped folders. Must be called in the event itself: the browser forgets them after it. */
export function droppedFiles(transfer: DataTransfer): Promise<IncomingFile[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return Promise.resolve([...transfer.files].map((file) => ({ file, relativePath: file.name })));
  return collect(entries);
}

/** The files of an `<input type="file">`, folders included. */
export const chosenFiles = (files: FileList): IncomingFile[] =>
  [...files].map((file) => ({ file, relativePath: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath }));

async function collect(entries: readonly FileSystemEntry[]): Promise<IncomingFile[]> {
  const found: IncomingFile[] = [];
  for (const entry of entries) {
    if (entry.isDirectory) found.push(...(await collect(await childrenOf(entry as FileSystemDirectoryEntry))));
    else found.push({ file: await fileOf(entry as FileSystemFileEntry), relativePath: entry.fullPath.replace(/^\//, '') });
  }
  return found;
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject));

/** A reader gives a hundred at a time, and an empty list at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return children;
    children.push(...batch);
  }
}
