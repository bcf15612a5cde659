import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Page } from '@playwright/test';
import { dropFiles, slowUploads } from '../src/drop-files.ts';
import { expect, test } from '../src/page-test.ts';
import { randomBlocks } from '../src/random-bytes.ts';
import { makeScratchFolder } from '../src/scratch-folder.ts';
import { uploadsPanel, waitForProgress, waitForUploaded, watchOffsets } from '../src/uploads-on-page.ts';

const mebibyte = 1024 ** 2;
const bigBytes = 200 * mebibyte;
const bigRate = 24 * mebibyte;
const scratch = makeScratchFolder();
test.afterAll(() => scratch.remove());

test('200 MiB dropped in Beijing survive a reload half-way and are the same in three regions', async ({ openPage, folder }) => {
  const file = await writeRandomFile('holiday.mov', bigBytes);
  const beijing = await openPage('beijing', folder);
  const shanghai = await openPage('shanghai', folder);
  await expect(shanghai.getByText('This folder is empty')).toBeVisible();
  await shanghai.evaluate(() => Object.assign(window, { openedOnce: true }));

  await expect(beijing.getByText('This folder is empty')).toBeVisible();
  const offsets = watchOffsets(beijing);
  const endSlowness = await slowUploads(beijing, bigRate);
  await dropFiles(beijing, [file]);
  await waitForProgress(beijing, 50);
  await beijing.reload();
  await waitForProgress(beijing, 45);
  await endSlowness();
  await waitForUploaded(beijing, 1);

  const [first, ...later] = offsets;
  expect(first).toBe(0);
  expect(later.length).toBeGreaterThan(0);
  expect(Math.min(...later)).toBeGreaterThan(0.4 * bigBytes);

  await expect(shanghai.getByRole('row', { name: /holiday\.mov/ })).toContainText('200 MiB');
  expect(await shanghai.evaluate(() => 'openedOnce' in window)).toBe(true);
  const wanted = await digestOfFile(file);
  for (const page of [beijing, shanghai, await openPage('shenzhen', folder)])
    expect(await downloadedDigest(page, 'holiday.mov')).toBe(wanted);
});

test('an upload whose file the browser could not keep goes on when the file is chosen again', async ({ openPage, folder }) => {
  const file = await writeRandomFile('lecture.mov', 24 * mebibyte);
  const page = await openPage('beijing', folder);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  const endSlowness = await slowUploads(page, 4 * mebibyte);
  await dropFiles(page, [file]);
  await waitForProgress(page, 40);
  await page.evaluate(dropKeptFiles);
  await page.reload();
  await expect(page.getByText('An upload was interrupted: lecture.mov')).toBeVisible();
  await endSlowness();
  const offsets = watchOffsets(page);
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose' }).click();
  await (await chooser).setFiles(file);
  await waitForUploaded(page, 1);
  expect(offsets).toHaveLength(1);
  expect(offsets[0]).toBeGreaterThan(4 * mebibyte);
  await expect(page.getByText('An upload was interrupted: lecture.mov')).toHaveCount(0);
  expect(await downloadedDigest(page, 'lecture.mov')).toBe(await digestOfFile(file));
});

test('an upload goes on by itself when its edge was killed and is back', async ({ openPage, folder, cluster }) => {
  const file = await writeRandomFile('talk.mov', 120 * mebibyte);
  const page = await openPage('shenzhen', folder);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  const offsets = watchOffsets(page);
  const endSlowness = await slowUploads(page, 12 * mebibyte);
  await dropFiles(page, [file]);
  // Past the 64 MiB after which the edge notes for sure what it has.
  await waitForProgress(page, 65);
  cluster.kill('shenzhen', 'SIGKILL');
  await endSlowness();
  await waitForUploaded(page, 1);
  expect(Math.max(...offsets)).toBeGreaterThanOrEqual(32 * mebibyte);
  await expect(page.locator('[data-connection]')).toHaveText('Live');
  expect(await downloadedDigest(page, 'talk.mov')).toBe(await digestOfFile(file));
});

test('files and folders dropped together arrive as they were, and screen readers hear of it', async ({ openPage, folder, calls }) => {
  const page = await openPage('beijing', folder);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  const names = ['a.txt', '中文 & 100% #1.txt'];
  const files = await Promise.all(names.map((name) => writeRandomFile(name, 3_000)));
  mkdirSync(join(scratch.path, 'album/inner'), { recursive: true });
  await writeRandomFile('album/cover.png', 3_000);
  await writeRandomFile('album/inner/page 1.png', 3_000);
  await dropFiles(page, [...files, join(scratch.path, 'album')]);
  await waitForUploaded(page, 4);
  await expect(page.getByRole('status').filter({ hasText: '4 files uploaded' })).toBeAttached();
  for (const name of [...names, 'album']) await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
  const paths = (await calls('beijing').tree(folder)).map((entry) => entry.path.slice(folder.length));
  expect(paths).toEqual(expect.arrayContaining(['/a.txt', '/中文 & 100% #1.txt', '/album/cover.png', '/album/inner/page 1.png']));
  await uploadsPanel(page).getByRole('button', { name: 'Close' }).click();
  await expect(uploadsPanel(page)).toHaveCount(0);
});

test('another tab leaves an upload to the tab that sends it, and takes it over when that one is closed', async ({ openPage, folder }) => {
  const file = await writeRandomFile('tabs.mov', 24 * mebibyte);
  const first = await openPage('beijing', folder);
  await expect(first.getByText('This folder is empty')).toBeVisible();
  await slowUploads(first, 3 * mebibyte);
  await dropFiles(first, [file]);
  await waitForProgress(first, 30);
  const second = await first.context().newPage();
  const offsets = watchOffsets(second);
  await second.goto(first.url());
  await expect(second.getByText('This folder is empty')).toBeVisible();
  await waitForProgress(first, 50);
  expect(offsets).toEqual([]);
  await first.close();
  await second.reload();
  await waitForUploaded(second, 1);
  expect(offsets).toHaveLength(1);
  expect(offsets[0]).toBeGreaterThan(4 * mebibyte);
});

async function writeRandomFile(name: string, bytes: number): Promise<string> {
  const path = join(scratch.path, name);
  await pipeline(Readable.from(randomBlocks(name, bytes)), createWriteStream(path));
  return path;
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Downloads a file as a person does, and digests what the browser saved. */
async function downloadedDigest(page: Page, name: string): Promise<string> {
  await page.getByRole('link', { name, exact: true }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('dialog').getByRole('link', { name: 'Download', exact: true }).click();
  const digest = await digestOfFile(await (await download).path());
  await page.keyboard.press('Escape');
  return digest;
}

/** In the page: as if the browser had had no room for the files. */
function dropKeptFiles(): Promise<void> {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open('jzse-uploads');
    open.onerror = () => reject(open.error);
    open.onsuccess = () => {
      const change = open.result.transaction('files', 'readwrite');
      change.objectStore('files').clear();
      change.oncomplete = () => resolve();
      change.onabort = () => reject(change.error);
    };
  });
}
