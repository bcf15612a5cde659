import { expect, it } from 'vitest';
import { createPasswords, passwordProblem } from '../src/index.ts';

const password = 'three blind mice';

it('knows a password again by its hash, and says no to every other', async () => {
  const passwords = createPasswords();
  const phc = await passwords.hash(password);
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await passwords.check(password, phc)).toBe(true);
  expect(await passwords.check('three blind mouse', phc)).toBe(false);
  expect(await passwords.check(password, null)).toBe(false);
  expect(await passwords.check('nobody has this password', null)).toBe(false);
  expect(await passwords.check(password, 'not a hash')).toBe(false);
  expect(await passwords.check('x'.repeat(100_000), phc)).toBe(false);
});

it('takes accents for the same however they were typed', async () => {
  const passwords = createPasswords();
  expect(await passwords.check('cafe\u0301 au lait', await passwords.hash('caf\u00e9 au lait'))).toBe(true);
});

it('keeps few waiting, and tells the others to come back', async () => {
  const passwords = createPasswords({ atOnceMax: 1, waitingMax: 2 });
  const phc = await passwords.hash(password);
  await passwords.check(password, null);
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => passwords.check('wrong password', phc)));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  for (const tried of tries) if (tried.status === 'rejected') expect(tried.reason).toMatchObject({ code: 'overloaded' });
  expect(await passwords.check(password, phc)).toBe(true);
});

it('lets those who wait take turns by person', async () => {
  const passwords = createPasswords({ atOnceMax: 1, waitingPerKeyMax: 3 });
  const [guessedAt, other] = [await passwords.hash(password), await passwords.hash(password)];
  const order: string[] = [];
  const check = (who: string, phc: string) => passwords.check('wrong password', phc).then(() => order.push(who));
  const guesses = Array.from({ length: 10 }, () => check('guessed at', guessedAt));
  const settled = Promise.allSettled(guesses);
  await check('other', other);
  expect(order.length).toBeLessThanOrEqual(3);
  expect((await settled).filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
});

it.each([
  ['short', 'at least 10'],
  ['x'.repeat(201), 'at most 200'],
  ['Li.Wei@Example.com', 'not the user name'],
  ['aaaaaaaaaaaa', 'different characters'],
])('refuses %j as a password', (text, why) => {
  expect(passwordProblem(text, 'li.wei@example.com')).toContain(why);
});
it('lets long ones pass, whatever they are made of', () => {
  expect(passwordProblem(password, 'li.wei')).toBeNull();
  expect(passwordProblem('一二三四五六七八九十', 'li.wei')).toBeNull();
});
