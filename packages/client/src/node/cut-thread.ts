import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { findBoundary } from '@jzse/sync';
import { blockBytes, blocksMax, type CutBlock, type CutEnd, type ToCutThread } from './cut-messages.ts';

/** Thread that reads large files and finds the chunk boundaries; the hash thread, which works at the same time, gets the blocks. */
const hashThread = (workerData as { readonly hashThread: MessagePort }).hashThread;
const files: { readonly id: number; readonly source: string }[] = [];
const freeBlocks: ArrayBuffer[] = [];
let blocksMade = 0;
let wake = (): void => {};

parentPort?.on('message', (message: ToCutThread) => {
  if (message.type === 'cut') files.push(message);
  else freeBlocks.push(message.buffer);
  wake();
});

for (;;) {
  const file = files.shift();
  if (file !== undefined) await cutFile(file.id, file.source);
  else await nextMessage();
}

async function cutFile(id: number, source: string): Promise<void> {
  let opened: number | null = null;
  try {
    opened = openSync(source, 'r');
    await cutOpened({ id, source, descriptor: opened, before: fstatSync(opened) });
  } catch (error) {
    post({ id, buffer: null, chunks: [], end: failed(error instanceof Error ? error.message : String(error)) });
  } finally {
    if (opened !== null) closeSync(opened);
  }
}

interface OpenFile {
  readonly id: number;
  readonly source: string;
  readonly descriptor: number;
  readonly before: Stats;
}

async function cutOpened(file: OpenFile): Promise<void> {
  let block = await takeBlock();
  let filled = 0;
  let size = 0;
  for (;;) {
    const read = fillOrFree(file.descriptor, block, { from: filled, position: size });
    size += read.bytes;
    filled += read.bytes;
    const { chunks, rest } = cutBlock(block, filled, read.atEnd);
    if (read.atEnd) return post({ id: file.id, buffer: block, chunks, end: endOf(file, size) });
    const tail = new Uint8Array(block).slice(rest, filled);
    post({ id: file.id, buffer: block, chunks, end: null });
    block = await takeBlock();
    new Uint8Array(block).set(tail);
    filled = tail.length;
  }
}

interface Place {
  readonly from: number;
  readonly position: number;
}

function fillOrFree(descriptor: number, block: ArrayBuffer, at: Place) {
  try {
    return fill(descriptor, block, at);
  } catch (error) {
    freeBlocks.push(block);
    throw error;
  }
}

function fill(descriptor: number, block: ArrayBuffer, at: Place): { readonly bytes: number; readonly atEnd: boolean } {
  const bytes = new Uint8Array(block);
  let filled = at.from;
  while (filled < bytes.length) {
    const read = readSync(descriptor, bytes, filled, bytes.length - filled, at.position + filled - at.from);
    if (read === 0) return { bytes: filled - at.from, atEnd: true };
    filled += read;
  }
  return { bytes: filled - at.from, atEnd: false };
}

function cutBlock(block: ArrayBuffer, filled: number, atEnd: boolean) {
  const bytes = new Uint8Array(block);
  const chunks: { offset: number; size: number }[] = [];
  let start = 0;
  while (start < filled) {
    const end = findBoundary(bytes, { start, end: filled }, atEnd);
    if (end === -1) break;
    chunks.push({ offset: start, size: end - start });
    start = end;
  }
  return { chunks, rest: start };
}

function endOf({ descriptor, before, source }: OpenFile, size: number): CutEnd {
  const after = fstatSync(descriptor);
  if (after.size !== size || before.size !== size || after.mtimeMs !== before.mtimeMs) {
    return failed(`${source} changed while it was read`, true);
  }
  return { size, modifiedMs: Math.trunc(after.mtimeMs) };
}

function failed(message: string, changed = false): CutEnd {
  return { error: { changed, message } };
}

function post(block: CutBlock): void {
  hashThread.postMessage(block, block.buffer === null ? [] : [block.buffer]);
}

async function takeBlock(): Promise<ArrayBuffer> {
  for (;;) {
    const free = freeBlocks.pop();
    if (free !== undefined) return free;
    if (blocksMade < blocksMax) {
      blocksMade++;
      return new ArrayBuffer(blockBytes);
    }
    await nextMessage();
  }
}

function nextMessage(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
  });
}
