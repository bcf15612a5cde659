import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';

/** The panel that shows what a page is uploading. */
export const uploadsPanel = (page: Page) => page.getByRole('region', { name: 'Uploads' });

/** Where the upload must still be going on afterwards, what is left has to take seconds at the rate that it is held to. */
export async function waitForProgress(page: Page, percent: number): Promise<void> {
  const bar = uploadsPanel(page).getByRole('progressbar').first();
  await expect
    .poll(async () => Number(await bar.getAttribute('aria-valuenow')), { timeout: 60_000, intervals: [50] })
    .toBeGreaterThanOrEqual(percent);
}

export async function waitForUploaded(page: Page, files: number): Promise<void> {
  await expect(uploadsPanel(page)).toContainText(files === 1 ? '1 file uploaded' : `${files} files uploaded`, { timeout: 90_000 });
}

/** The byte at which each request of an upload starts, in order, as the page sends them from now on. */
export function watchOffsets(page: Page): number[] {
  const offsets: number[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH' && new URL(request.url()).pathname.startsWith('/tus/')) {
      offsets.push(Number(request.headers()['upload-offset']));
    }
  });
  return offsets;
}
