import { createHubClient } from '@jzse/client';
import { totpCode } from '@jzse/identity';
import { spaceId } from '@jzse/sync';
import type { Page } from '@playwright/test';
import type { TestCluster } from '../src/cluster.ts';
import { noteSecret } from '../src/leaks.ts';
import { expect, test } from '../src/page-test.ts';
import { randomBytes } from '../src/random-bytes.ts';

test('a wrong token is refused in words; the right one lets in; signing out shuts the door', async ({ browser, cluster }) => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${cluster.regions.beijing.url}/s/demo#token=wrong`);
  await expect(page.getByRole('alert')).toHaveText('This is not the token of this server.');
  expect(page.url()).not.toContain('token');
  await page.getByLabel('Token').fill('also wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toHaveText('This is not the token of this server.');
  await page.getByLabel('Token').fill(cluster.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'New folder' })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByLabel('Token')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Token')).toBeVisible();
  await page.context().close();
});

test('a person signs in by name, with the second factor where there is one, and sees the spaces of hers', async ({ browser, cluster }) => {
  const hub = createHubClient({ url: cluster.hub.url, token: cluster.token }).trpc;
  const password = noteSecret(randomBytes('a password of li.wei', 16).toString('hex'));
  await hub.people.createUser.mutate({ user: 'li.wei', displayName: 'Li Wei', password, isAdmin: false, isService: false });
  const subject = { type: 'user', user: 'li.wei' } as const;
  await hub.sharing.setMember.mutate({ space: spaceId(cluster.space), subject, role: 'editor' });

  const page = await (await browser.newContext()).newPage();
  await page.goto(`${cluster.regions.shanghai.url}/s/demo`);
  await page.getByLabel('Name').fill('Li.Wei');
  await page.getByLabel('Password').fill('guess guess guess');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('wrong');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'New folder' })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();

  const secret = await takeSecondFactor(cluster, { user: 'li.wei', password });
  await page.getByLabel('Name').fill('li.wei');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // The code of this half minute was used to set it up.
  await page.getByLabel('Code').fill(totpCode(secret, Date.now() + 30_000));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'New folder' })).toBeVisible();
  await page.context().close();
});

test('the list of spaces leads into a space, and the line below says how the region is', async ({ openPage, cluster }) => {
  const page = await openPage('shenzhen', '');
  await page.getByRole('link', { name: 'To all spaces' }).click();
  await expect(page.getByRole('heading', { name: 'Spaces' })).toBeVisible();
  await page.getByRole('link', { name: cluster.space }).click();
  await expect(page.getByRole('button', { name: 'Upload', exact: true })).toBeVisible();
  const footer = page.getByRole('contentinfo');
  await expect(footer).toContainText('Live');
  await expect(footer).toContainText('Hub reachable');
});

test.describe('in Chinese, at night', () => {
  test.use({ locale: 'zh-CN', colorScheme: 'dark' });
  test('everything is said in Chinese and is dark, until one chooses otherwise', async ({ openPage, folder, calls }) => {
    await calls('beijing').put(`${folder}/报告.txt`, randomBytes('zh', 2_000));
    const page = await openPage('beijing', folder);
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
    await expect(page.getByRole('button', { name: '新建文件夹' })).toBeVisible();
    await expect(page.getByRole('row', { name: /报告\.txt/ })).toContainText('本地持有');
    expect(await brightness(page)).toBeLessThan(60);
    await page.goto(new URL(`/s/demo${folder}/nowhere`, page.url()).href);
    await expect(page.getByText('这里已经没有该内容了')).toBeVisible();

    await page.getByRole('button', { name: '语言' }).click();
    await page.getByRole('menuitem', { name: 'English' }).click();
    await page.getByRole('button', { name: 'Appearance' }).click();
    await page.getByRole('menuitem', { name: 'Light' }).click();
    await page.reload();
    await expect(page.getByText('There is nothing at this place any more')).toBeVisible();
    expect(await brightness(page)).toBeGreaterThan(200);
  });
});

test('the page is worked by keys alone', async ({ openPage, folder, calls }) => {
  await calls('beijing').put(`${folder}/inner/deep.txt`, randomBytes('deep', 10));
  await calls('beijing').put(`${folder}/b.txt`, randomBytes('b', 10));
  const page = await openPage('beijing', folder);
  const chooser = page.waitForEvent('filechooser');
  await expect(page.getByRole('grid')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('row', { name: /inner/ })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'deep.txt' })).toBeVisible();
  await expect(page.getByRole('grid')).toBeFocused();
  await page.keyboard.press('Backspace');
  await expect(page.getByRole('link', { name: 'b.txt' })).toBeVisible();
  await expect(page.getByRole('grid')).toBeFocused();
  await page.keyboard.press('End');
  await expect(page.getByRole('row', { name: /b\.txt/ })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Shift+F10');
  await expect(page.getByRole('menuitem', { name: 'History' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('grid').focus();
  await page.keyboard.press('Control+a');
  await expect(page.getByText('2 selected')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+u');
  expect((await chooser).isMultiple()).toBe(true);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
});

test('everything that can be pressed has a name, and nothing comes from elsewhere', async ({ openPage, folder, calls }) => {
  await calls('beijing').put(`${folder}/a.txt`, randomBytes('names', 10));
  const page = await openPage('beijing', folder);
  const elsewhere: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(page.url()).origin && !request.url().startsWith('data:')) elsewhere.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.reload();
  await expect(page.getByRole('grid', { name: new RegExp(folder.slice(1)) })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'ascending');
  for (const landmark of ['banner', 'main', 'contentinfo'] as const) {
    await expect(page.getByRole(landmark)).toHaveCount(1);
  }
  await page.getByRole('link', { name: 'a.txt' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  for (const control of await page.locator('button:visible, a:visible, input:visible, [role=tab]:visible').all()) {
    await expect(control).toHaveAccessibleName(/\S/);
  }
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });
  test('nothing is wider than the screen', async ({ openPage, folder, calls }) => {
    await calls('beijing').put(`${folder}/${'a very long name '.repeat(8)}.txt`, randomBytes('phone', 10));
    const page = await openPage('beijing', folder);
    await page.getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: 'Details' }).click();
    await expect(page.getByRole('dialog').getByText('SHA-256')).toBeVisible();
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
  });
});

test('while the edge is away the page says so and keeps what it shows; then it is live again', async ({
  openPage,
  folder,
  calls,
  cluster,
}) => {
  await calls('shenzhen').put(`${folder}/stays.txt`, randomBytes('stays', 10));
  const page = await openPage('shenzhen', folder);
  await expect(page.locator('[data-connection]')).toHaveText('Live');
  await page.route('**/trpc/**', (route) => route.abort('connectionrefused'));
  cluster.kill('shenzhen', 'SIGKILL');
  await expect(page.locator('[data-connection]')).toHaveText('Offline');
  await expect(page.getByText('The edge cannot be reached')).toBeVisible();
  await expect(page.getByRole('link', { name: 'stays.txt' })).toBeVisible();
  await cluster.waitReady('shenzhen');
  await page.unroute('**/trpc/**');
  await expect(page.locator('[data-connection]')).toHaveText('Live');
  await calls('beijing').put(`${folder}/new.txt`, randomBytes('new', 10));
  await expect(page.getByRole('link', { name: 'new.txt' })).toBeVisible();
});

/** How bright the ground of the page is, 0 to 255. */
const brightness = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const [red = 0, green = 0, blue = 0] = getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? [];
    return (red + green + blue) / 3;
  });

/** As an authenticator does it; answers its secret. */
async function takeSecondFactor(cluster: TestCluster, person: { readonly user: string; readonly password: string }): Promise<string> {
  const { accounts } = createHubClient({ url: cluster.hub.url, token: cluster.token }).trpc;
  const { accessToken } = await accounts.signIn.mutate({ ...person, device: 'phone', wants: 'refresh-token' });
  const own = createHubClient({ url: cluster.hub.url, token: accessToken }).trpc.accounts;
  const { secret } = await own.beginTotp.mutate({});
  await own.confirmTotp.mutate({ code: totpCode(secret, Date.now()) });
  return secret;
}
