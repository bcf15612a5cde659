import { type Action, actions, type Role } from '@jzse/api';
import { entryId, spaceId } from '@jzse/sync';
import { expect, it } from 'vitest';
import { type AccessQuestion, decideAccess, grantRole, isAdminCall, memberRole, type UserPrincipal } from '../src/index.ts';

const demo = spaceId('demo');
const principal: UserPrincipal = {
  type: 'user',
  user: 'li.wei',
  device: 'laptop',
  isAdmin: false,
  session: 's1',
  token: null,
  scopes: null,
  spaces: null,
  isRegional: false,
  issuedMs: 0,
};
const ask = (action: Action, question: Partial<AccessQuestion>) =>
  decideAccess({ principal, action, space: demo, spaceRole: null, entryRole: null, isWayToGranted: false, ...question });
const allowedTo = (question: Partial<AccessQuestion>) => actions.filter((action) => ask(action, question) === 'allowed');
const token = (narrow: Partial<UserPrincipal>): UserPrincipal => ({ ...principal, session: null, token: 't', ...narrow });

it.each<[Role, readonly Action[]]>([
  ['reader', ['list', 'read']],
  ['editor', ['list', 'read', 'write']],
  ['manager', ['list', 'read', 'write', 'manage']],
])('lets a %s %j', (role, expected) => {
  expect(allowedTo({ spaceRole: role })).toEqual(expected);
  expect(allowedTo({ entryRole: role })).toEqual(expected);
  for (const action of actions) if (!expected.includes(action)) expect(ask(action, { spaceRole: role })).toBe('forbidden');
});

it('lets the higher of two roles count', () => {
  expect(allowedTo({ spaceRole: 'reader', entryRole: 'editor' })).toEqual(['list', 'read', 'write']);
  expect(allowedTo({ spaceRole: 'manager', entryRole: 'reader' })).toEqual([...actions]);
});

it('hides all of what somebody has no right to, admins included', () => {
  for (const action of actions) {
    expect(ask(action, {})).toBe('hidden');
    expect(ask(action, { principal: { ...principal, isAdmin: true } })).toBe('hidden');
  }
});

it('shows the way to what is granted, and nothing more of it', () => {
  expect(allowedTo({ isWayToGranted: true })).toEqual(['list']);
  expect(ask('read', { isWayToGranted: true })).toBe('forbidden');
});

it('narrows by the scopes and spaces of a token, and never widens', () => {
  expect(allowedTo({ principal: token({ scopes: ['read'] }), spaceRole: 'manager' })).toEqual(['list', 'read']);
  expect(allowedTo({ principal: token({ scopes: ['write'] }), spaceRole: 'manager' })).toEqual(['list', 'write']);
  expect(allowedTo({ principal: token({ scopes: ['admin'] }), spaceRole: 'manager' })).toEqual([]);
  expect(allowedTo({ principal: token({ scopes: ['read', 'write', 'manage'] }), spaceRole: 'reader' })).toEqual(['list', 'read']);
  expect(ask('list', { principal: token({ spaces: [spaceId('other')] }), spaceRole: 'manager' })).toBe('hidden');
  expect(allowedTo({ principal: token({ spaces: [demo] }), spaceRole: 'reader' })).toEqual(['list', 'read']);
});

it('takes a token for an admin with that scope only', () => {
  const admin = { ...principal, isAdmin: true };
  expect(isAdminCall(admin)).toBe(true);
  expect(isAdminCall({ ...admin, scopes: ['manage'] })).toBe(false);
  expect(isAdminCall({ ...admin, scopes: ['admin'] })).toBe(true);
  expect(isAdminCall({ ...principal, scopes: ['admin'] })).toBe(false);
  expect(isAdminCall({ type: 'anonymous' })).toBe(false);
});

it('finds the highest role that a person has, by name or group', () => {
  const person = { user: 'li.wei', groups: new Set(['design']) };
  const folder = entryId('folder');
  const given = [
    { entryId: folder, subject: { type: 'user', user: 'li.wei' }, role: 'reader' },
    { entryId: folder, subject: { type: 'group', group: 'design' }, role: 'editor' },
    { entryId: folder, subject: { type: 'group', group: 'boss' }, role: 'manager' },
    { entryId: entryId('elsewhere'), subject: { type: 'user', user: 'li.wei' }, role: 'manager' },
  ] as const;
  expect(memberRole(person, given.slice(0, 3))).toBe('editor');
  expect(memberRole({ user: 'design', groups: new Set() }, given.slice(0, 3))).toBeNull();
  expect(grantRole(person, given, new Set([folder, entryId('top')]))).toBe('editor');
  expect(grantRole(person, given, new Set())).toBeNull();
});
