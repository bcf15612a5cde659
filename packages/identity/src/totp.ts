import { Secret, TOTP } from 'otpauth';

const periodS = 30;
const digits = 6;
/** Steps before and after the present one that count too. */
const windowSteps = 1;

/** Base32, 160 bits. */
export const newTotpSecret = (): string => new Secret({ size: 20 }).base32;

/** `otpauth://totp/…` for an authenticator's camera. */
export const totpUri = (of: { readonly secret: string; readonly user: string }): string => totpOf(of.secret, of.user).toString();

/**
 * The step of a right code, for the caller to keep as `lastStep`; null: it is wrong, or it or a later one was used before: a code that
 * somebody saw being typed is good for nothing.
 */
export function checkTotp(request: {
  readonly secret: string;
  readonly code: string;
  readonly nowMs: number;
  readonly lastStep: number | null;
}): number | null {
  const { secret, code, nowMs, lastStep } = request;
  if (!/^\d{6}$/.test(code)) return null;
  const delta = totpOf(secret, 'jzse').validate({ token: code, timestamp: nowMs, window: windowSteps });
  if (delta === null) return null;
  const step = Math.floor(nowMs / 1000 / periodS) + delta;
  return lastStep !== null && step <= lastStep ? null : step;
}

/** The code of that moment. */
export const totpCode = (secret: string, nowMs: number): string => totpOf(secret, 'jzse').generate({ timestamp: nowMs });

const totpOf = (secret: string, label: string): TOTP =>
  new TOTP({ issuer: 'JzSE', label, algorithm: 'SHA1', digits, period: periodS, secret: Secret.fromBase32(secret) });
