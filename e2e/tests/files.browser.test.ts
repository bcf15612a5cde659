import { expect, test } from '../src/page-test.ts';
import { randomBytes, sha256 } from '../src/random-bytes.ts';

test('folders are made, opened and left; the address names where one is', async ({ openPage, folder }) => {
  const page = await openPage('beijing', folder);
  await page.getByRole('button', { name: 'New folder' }).click();
  await page.getByLabel('Name of the folder').fill('计划 50% #1?');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('link', { name: '计划 50% #1?' }).click();
  await expect(page.getByText('This folder is empty')).toBeVisible();
  expect(decodeURIComponent(new URL(page.url()).pathname)).toBe(`/s/demo${folder}/计划 50% #1?`);
  await page.reload();
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await page
    .getByRole('navigation', { name: 'Path' })
    .getByRole('link', { name: folder.slice(1) })
    .click();
  await expect(page.getByRole('link', { name: '计划 50% #1?' })).toBeVisible();
  await page.goBack();
  await expect(page.getByText('This folder is empty')).toBeVisible();
});

test('a name that is taken is refused in words, and the dialog stays', async ({ openPage, folder, calls }) => {
  await calls('beijing').put(`${folder}/one.txt`, randomBytes('one', 10));
  await calls('beijing').put(`${folder}/two.txt`, randomBytes('two', 10));
  const page = await openPage('beijing', folder);
  await page.getByRole('row', { name: /one\.txt/ }).click();
  await page.keyboard.press('F2');
  const name = page.getByLabel('New name');
  await name.fill('two.txt');
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
  await expect(page.getByText('Something here already has this name')).toBeVisible();
  await name.fill('a/b');
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
  await expect(page.getByText('This name cannot be used')).toBeVisible();
  await name.fill('three.txt');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'three.txt' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'one.txt' })).toHaveCount(0);
});

test('what is deleted or moved in one region disappears from the page of another', async ({ openPage, folder, calls }) => {
  for (const name of ['keep.txt', 'move.txt', 'drop.txt']) await calls('beijing').put(`${folder}/${name}`, randomBytes(name, 100));
  await calls('beijing').makeFolder(`${folder}/inner`);
  const [beijing, shanghai] = [await openPage('beijing', folder), await openPage('shanghai', folder)];
  await expect(shanghai.getByRole('link', { name: 'drop.txt' })).toBeVisible();

  await beijing.getByRole('row', { name: /drop\.txt/ }).click();
  await beijing.keyboard.press('Delete');
  await beijing.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await beijing
    .getByRole('row', { name: /move\.txt/ })
    .getByRole('button', { name: 'Actions for move.txt' })
    .click();
  await beijing.getByRole('menuitem', { name: 'Move' }).click();
  await beijing.getByRole('dialog').getByRole('button', { name: 'inner' }).click();
  await beijing.getByRole('dialog').getByRole('button', { name: 'Move here' }).click();

  await expect(shanghai.getByRole('link', { name: 'drop.txt' })).toHaveCount(0);
  await expect(shanghai.getByRole('link', { name: 'move.txt' })).toHaveCount(0);
  await expect(shanghai.getByRole('link', { name: 'keep.txt' })).toBeVisible();
  await shanghai.getByRole('link', { name: 'inner' }).click();
  await expect(shanghai.getByRole('link', { name: 'move.txt' })).toBeVisible();
});

test('several rows are chosen and deleted together', async ({ openPage, folder, calls }) => {
  for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt']) await calls('beijing').put(`${folder}/${name}`, randomBytes(name, 20));
  const page = await openPage('beijing', folder);
  await page.getByRole('row', { name: /a\.txt/ }).click();
  await page.getByRole('row', { name: /c\.txt/ }).click({ modifiers: ['Shift'] });
  await expect(page.getByText('3 selected')).toBeVisible();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog', { name: 'Delete 3 items?' }).getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('grid').getByRole('link')).toHaveText(['d.txt']);
});

test('the history of a file shows who wrote where, and each version is downloaded as it was', async ({ openPage, folder, calls }) => {
  const [older, newer] = [randomBytes('older', 5_000), randomBytes('newer', 7_000)];
  await calls('shanghai').put(`${folder}/report.pdf`, older);
  const page = await openPage('beijing', folder);
  await expect(page.getByRole('row', { name: /report\.pdf/ })).toContainText('4.9 KiB');
  await calls('beijing').put(`${folder}/report.pdf`, newer);
  await expect(page.getByRole('row', { name: /report\.pdf/ })).toContainText('6.8 KiB');

  await page.getByRole('row', { name: /report\.pdf/ }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'History' }).click();
  const versions = page.getByRole('dialog').getByRole('listitem');
  await expect(versions).toHaveCount(2);
  await expect(versions.nth(0)).toContainText(/Current.*beijing/);
  await expect(versions.nth(1)).toContainText(/shanghai/);
  const download = page.waitForEvent('download');
  await versions
    .nth(1)
    .getByRole('link', { name: /Download the version/ })
    .click();
  const { readFile } = await import('node:fs/promises');
  expect(sha256(await readFile(await (await download).path()))).toBe(sha256(older));
});

test('details name the hash and the regions that hold the file', async ({ openPage, folder, calls }) => {
  const bytes = randomBytes('held', 50_000);
  await calls('beijing').put(`${folder}/held.bin`, bytes);
  const page = await openPage('beijing', folder);
  await page.getByRole('link', { name: 'held.bin' }).click();
  const details = page.getByRole('dialog');
  await expect(details.getByText(sha256(bytes))).toBeVisible();
  for (const region of ['beijing', 'shanghai', 'shenzhen']) {
    await expect(details.getByRole('listitem').filter({ hasText: region })).toContainText('has it');
  }
});

test('a folder of thousands of files keeps few rows in the page and scrolls to its end', async ({ openPage, folder, calls }) => {
  const files = Array.from({ length: 1_200 }, (_, at) => ({ path: `${folder}/scan ${at + 1}.txt`, bytes: randomBytes(`scan ${at}`, 50) }));
  for (let at = 0; at < files.length; at += 100) {
    await Promise.all(files.slice(at, at + 100).map(({ path, bytes }) => calls('beijing').put(path, bytes)));
  }
  const page = await openPage('beijing', folder);
  await expect(page.getByText('1,200 items')).toBeVisible();
  await page.getByRole('row', { name: /^.*scan 1\.txt/ }).click();
  await page.keyboard.press('End');
  await expect(page.getByRole('link', { name: 'scan 1200.txt' })).toBeVisible();
  expect(await page.getByRole('row').count()).toBeLessThan(80);
  await page.getByRole('button', { name: 'Name' }).click();
  await page.keyboard.press('Home');
  await expect(page.getByRole('grid').getByRole('link').first()).toHaveText('scan 1200.txt');
});
