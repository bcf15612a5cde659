import type { CDPSession, Page } from '@playwright/test';

/** Drops files of the disk onto the middle of a page, as a person does from a file manager. */
export async function dropFiles(page: Page, files: readonly string[]): Promise<void> {
  const browser = await page.context().newCDPSession(page);
  const size = page.viewportSize() ?? { width: 800, height: 600 };
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await browser.send('Input.dispatchDragEvent', { type, x: size.width / 2, y: size.height / 2, data });
  }
  await browser.detach();
}

/** Holds what a page sends to so many bytes a second, until the answer is called. */
export async function slowUploads(page: Page, bytesPerSecond: number): Promise<() => Promise<void>> {
  const browser = await page.context().newCDPSession(page);
  await browser.send('Network.enable');
  await limit(browser, bytesPerSecond);
  return async () => {
    await limit(browser, -1);
    await browser.detach();
  };
}

const limit = (browser: CDPSession, uploadThroughput: number) =>
  browser.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
