import { entryId, rootId, type SpaceId } from '@jzse/sync';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestAuthor } from '../../../../packages/db/src/testing/index.ts';
import { demo, password, startTestIdentity, startTestPostgres, type TestIdentity, type TestPostgres } from './test-identity.ts';

let postgres: TestPostgres;
let test: TestIdentity;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  test = await startTestIdentity(postgres);
});
afterEach(() => test.close());

const user = (name: string) => ({ type: 'user' as const, user: name });
const group = (name: string) => ({ type: 'group' as const, group: name });
const asPerson = () => test.sharingFor({ type: 'anonymous' });
const asAdmin = () => test.sharingFor({ type: 'region', region: 'beijing' as never, space: null });

describe('people', () => {
  it('are listed by pages, without secrets', async () => {
    for (const name of ['a', 'b', 'c']) await test.addUser(name);
    const first = await test.people.users({ after: null, limit: 3 });
    expect(first.users.map((one) => one.user)).toEqual(['a', 'b', 'c']);
    expect((await test.people.users({ after: first.next, limit: 3 })).users.map((one) => one.user)).toEqual(['owner']);
    expect(JSON.stringify(first)).not.toMatch(/argon2|validFrom|"passwordHash"/);
    expect(first.users[0]).toMatchObject({ hasPassword: true, hasTotp: false });
  });

  it('have a name that nobody else ever has', async () => {
    await test.addUser('li.wei');
    await expect(test.addUser('li.wei')).rejects.toMatchObject({ code: 'already-exists' });
    await expect(test.addUser('x', { password: 'short' })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(test.addUser('robot', { isService: true })).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('are in groups of people that there are; a group that is gone leaves nothing behind', async () => {
    await test.addUser('li.wei');
    await expect(test.people.setGroup('design', ['nobody'])).rejects.toMatchObject({ code: 'invalid-input' });
    await test.people.setGroup('design', ['li.wei', 'li.wei']);
    expect(await test.people.groups()).toEqual([{ group: 'design', members: ['li.wei'] }]);
    await asAdmin().setMember({ actor: 'owner', space: demo, subject: group('design'), role: 'editor' });
    await test.people.setGroup('design', null);
    await test.people.setGroup('design', ['li.wei']);
    expect((await asAdmin().members(demo)).map(({ subject }) => subject)).toEqual([user('owner')]);
  });

  it('make tokens of their own, and admins those of services', async () => {
    await test.addUser('li.wei');
    await test.addUser('robot', { isService: true, password: null });
    const made = { name: 'backup', scopes: ['read'] as const, spaces: null, expiresMs: null };
    await expect(test.people.createServiceToken({ ...made, user: 'li.wei' })).rejects.toMatchObject({ code: 'invalid-input' });
    const { id, token } = await test.people.createServiceToken({ ...made, user: 'robot' });
    expect(token).toMatch(/^jzse_[0-9a-f]{24}_/);
    expect(await test.accounts.tokens('robot')).toMatchObject([{ id, name: 'backup', scopes: ['read'] }]);
    await test.accounts.revokeToken('li.wei', id);
    expect(await test.accounts.tokens('robot')).toHaveLength(1);
    await test.accounts.revokeToken('robot', id);
    expect(await test.accounts.tokens('robot')).toEqual([]);
    const past = { ...made, user: 'robot', expiresMs: test.clock.now() };
    await expect(test.people.createServiceToken(past)).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

describe('sharing', () => {
  it('is for managers; others hear that it is not theirs, strangers that there is nothing', async () => {
    for (const name of ['boss', 'editor', 'stranger', 'new']) await test.addUser(name);
    const give = (actor: string, role: 'reader' | 'editor' | 'manager' | null, to = 'new') =>
      asPerson().setMember({ actor, space: demo, subject: user(to), role });
    await asAdmin().setMember({ actor: 'owner', space: demo, subject: user('boss'), role: 'manager' });
    await give('boss', 'editor', 'editor');
    await expect(give('editor', 'reader')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(give('stranger', 'manager', 'stranger')).rejects.toMatchObject({ code: 'unknown-space' });
    await expect(give('nobody', 'manager')).rejects.toMatchObject({ code: 'unknown-space' });
    await expect(
      asPerson().setMember({ actor: 'boss', space: 'none' as SpaceId, subject: user('new'), role: 'reader' }),
    ).rejects.toMatchObject({
      code: 'unknown-space',
    });
    await expect(give('boss', 'reader', 'nobody')).rejects.toMatchObject({ code: 'invalid-input' });
    await give('boss', null, 'editor');
    expect((await asPerson().members(demo)).map(({ subject }) => subject)).toEqual([user('boss'), user('owner')]);
  });

  it('lets an admin take a role, unless the token is narrower than that', async () => {
    await test.addUser('mei', { isAdmin: true });
    const take = { actor: 'mei', space: demo, subject: user('mei'), role: 'manager' as const };
    await expect(asPerson().setMember(take)).rejects.toMatchObject({ code: 'unknown-space' });
    await asAdmin().setMember(take);
  });

  it('of a folder is for who manages it, or a folder above', async () => {
    for (const name of ['boss', 'new']) await test.addUser(name);
    const author = new TestAuthor('beijing:1');
    const [top, other] = [author.createFolder(rootId, 'top'), author.createFolder(rootId, 'other')];
    const below = author.createFolder(top.entryId, 'below');
    const operations = [top, other, below];
    await test.hub.integrate({ space: demo, epoch: 0, region: 'beijing' as never, operations, nowMs: test.clock.now() });
    const grant = (actor: string, id: string, to = 'new') =>
      asPerson().setGrant({ actor, space: demo, entryId: entryId(id), subject: user(to), role: to === 'boss' ? 'manager' : 'reader' });
    await expect(grant('boss', top.entryId)).rejects.toMatchObject({ code: 'unknown-space' });
    await grant('owner', top.entryId, 'boss');
    await grant('boss', below.entryId);
    await grant('boss', below.entryId);
    await expect(grant('boss', other.entryId)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(grant('boss', rootId)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(grant('new', below.entryId)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await asPerson().grants(demo)).map(({ entryId: id, role }) => [id, role]).sort()).toEqual(
      [
        [below.entryId, 'reader'],
        [top.entryId, 'manager'],
      ].sort(),
    );
  });

  it('by link tells the secret once and keeps only its digest', async () => {
    const link = { actor: 'owner', space: demo, entryId: rootId, mode: 'download' as const, expiresMs: null, usesMax: 3 };
    const { id, secret } = await asPerson().createLink({ ...link, password });
    expect(await asPerson().links(demo)).toMatchObject([{ id, hasPassword: true, usesMax: 3, createdBy: 'owner' }]);
    const kept = JSON.stringify(await test.store.get('link', id));
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(password);
    await expect(asPerson().createLink({ ...link, password: null, expiresMs: test.clock.now() })).rejects.toMatchObject({
      code: 'invalid-input',
    });
    await test.addUser('stranger');
    await expect(asPerson().revokeLink({ actor: 'stranger', space: demo, id })).rejects.toMatchObject({ code: 'unknown-space' });
    await asPerson().revokeLink({ actor: 'owner', space: demo, id });
    expect(await asPerson().links(demo)).toEqual([]);
  });
});

it('wakes the regions with each change of the directory', async () => {
  const before = test.revisions.length;
  await test.addUser('li.wei');
  expect(test.revisions.length).toBe(before + 1);
  expect(test.revisions.at(-1)).toBe((await test.store.head()).revision);
});
