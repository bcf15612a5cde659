import { expect, it } from 'vitest';
import {
  bearerKind,
  formatApiToken,
  formatCookie,
  formatRefreshToken,
  newId,
  newSecret,
  secretHash,
  sessionOfCookie,
  sessionOfRefreshToken,
} from '../src/index.ts';

it('writes and reads credentials, none of which is one of another kind', () => {
  const [id, secret] = [newId(), newSecret()];
  expect(sessionOfRefreshToken(formatRefreshToken(id, secret))).toBe(id);
  expect(sessionOfCookie(formatCookie(id, secret))).toBe(id);
  for (const other of [formatApiToken(id, secret), formatCookie(id, secret), `jzse_r_${id}_short`, '']) {
    expect(sessionOfRefreshToken(other)).toBeNull();
  }
  expect(sessionOfCookie(formatRefreshToken(id, secret))).toBeNull();
  expect(bearerKind(formatApiToken(id, secret))).toBe('opaque');
});

it('makes them up anew each time, and keeps only a digest', () => {
  expect(newSecret()).not.toBe(newSecret());
  expect(newSecret()).toMatch(/^[\w-]{43}$/);
  expect(secretHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
