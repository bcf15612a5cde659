import { afterAll, beforeAll, expect, it } from 'vitest';
import { handOverMs } from '../../src/identity/hand-over.ts';
import { startTestIdentity, startTestPostgres, type TestIdentity, type TestPostgres } from './test-identity.ts';

let postgres: TestPostgres;
let identity: TestIdentity;
beforeAll(async () => {
  postgres = await startTestPostgres();
  identity = await startTestIdentity(postgres);
  await identity.addUser('li.wei');
});
afterAll(async () => {
  await identity?.close();
  await postgres?.stop();
});

const of = { region: 'beijing', state: 'a-state' } as Pick<Parameters<TestIdentity['handOvers']['take']>[0], 'region' | 'state'>;
const give = (user = 'li.wei') => ({ ...of, code: identity.handOvers.give({ ...of, user }) });
const wrong = expect.objectContaining({ code: 'wrong-credentials' });

it('opens one session, with a cookie, until its time is over', async () => {
  const intime = give();
  const late = give();
  identity.clock.pass(handOverMs);
  const { user, cookie, refreshToken } = await identity.handOvers.take(intime);
  expect([user, refreshToken, cookie?.startsWith('jzse_s_')]).toEqual(['li.wei', null, true]);
  identity.clock.pass(1);
  await expect(identity.handOvers.take(late)).rejects.toEqual(wrong);
});

it('is not good again when its session has ended', async () => {
  const code = give();
  const { session } = await identity.handOvers.take(code);
  await identity.sessions.end('li.wei', session);
  await expect(identity.handOvers.take(code)).rejects.toEqual(wrong);
});

it('opens one session of many that are asked for at once', async () => {
  const code = give();
  const before = (await identity.sessions.list('li.wei')).length;
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => identity.handOvers.take(code)));
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await identity.sessions.list('li.wei')).toHaveLength(before + 1);
});

it('is for its region, its browser and a person who may sign in', async () => {
  const code = give();
  await expect(identity.handOvers.take({ ...code, region: 'shanghai' as typeof code.region })).rejects.toEqual(wrong);
  await expect(identity.handOvers.take({ ...code, state: 'another' })).rejects.toEqual(wrong);
  await identity.people.updateUser('li.wei', { isDisabled: true });
  await expect(identity.handOvers.take(code)).rejects.toEqual(wrong);
  await expect(identity.handOvers.take(give('nobody'))).rejects.toEqual(wrong);
});
