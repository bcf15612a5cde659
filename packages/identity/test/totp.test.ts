import { expect, it } from 'vitest';
import { checkTotp, newTotpSecret, totpCode, totpUri } from '../src/index.ts';

const nowMs = Date.UTC(2026, 5, 1);
const stepMs = 30_000;

it('gives the codes of RFC 6238', () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  expect(totpCode(secret, 59_000)).toBe('287082');
  expect(totpCode(secret, 1_111_111_109_000)).toBe('081804');
});

it('takes the code of now, of the step before and of the next, once', () => {
  const secret = newTotpSecret();
  const step = nowMs / stepMs;
  const check = (ofMs: number, lastStep: number | null) => checkTotp({ secret, code: totpCode(secret, ofMs), nowMs, lastStep });
  expect(check(nowMs, null)).toBe(step);
  expect(check(nowMs - stepMs, null)).toBe(step - 1);
  expect(check(nowMs + stepMs, step)).toBe(step + 1);
  expect(check(nowMs, step)).toBeNull();
  expect(check(nowMs - stepMs, step)).toBeNull();
  expect(check(nowMs - 2 * stepMs, null)).toBeNull();
});

it.each(['', '12345', '1234567', 'abcdef', ' 12345'])('refuses %j', (code) => {
  expect(checkTotp({ secret: newTotpSecret(), code, nowMs, lastStep: null })).toBeNull();
});

it('names the server and the person for the authenticator', () => {
  const secret = newTotpSecret();
  expect(totpUri({ secret, user: 'li.wei' })).toMatch(new RegExp(`^otpauth://totp/JzSE:li\\.wei\\?.*secret=${secret}`));
});
