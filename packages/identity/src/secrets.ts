import { hash, randomBytes } from 'node:crypto';

const idBytes = 12;
const secretBytes = 32;
const id = '[0-9a-f]{24}';
const secret = '[A-Za-z0-9_-]{43}';

/** 24 hex digits: of sessions, tokens, links, keys. Never an underscore, which parts ids from secrets. */
export const newId = (): string => randomBytes(idBytes).toString('hex');
/** 256 random bits, base64url. */
export const newSecret = (): string => randomBytes(secretBytes).toString('base64url');

/** What is kept of a credential: SHA-256, hex, of the whole text that its holder presents (of a link: of the secret in its address). */
export const secretHash = (presented: string): string => hash('sha256', presented, 'hex');

/** Bearer token of a program: `jzse_<id>_<secret>`. The first admin's is what the operator chose: look all of them up by `secretHash`. */
export const formatApiToken = (tokenId: string, tokenSecret: string): string => `jzse_${tokenId}_${tokenSecret}`;
/** `jzse_r_<session>_<secret>`. */
export const formatRefreshToken = (session: string, tokenSecret: string): string => `jzse_r_${session}_${tokenSecret}`;
/** Value of a browser's cookie: `jzse_s_<session>_<secret>`. */
export const formatCookie = (session: string, cookieSecret: string): string => `jzse_s_${session}_${cookieSecret}`;

const refreshToken = new RegExp(`^jzse_r_(${id})_${secret}$`);
const cookieValue = new RegExp(`^jzse_s_(${id})_${secret}$`);

/** The session that the refresh token names, unchecked; null: it is no refresh token. */
export const sessionOfRefreshToken = (text: string): string | null => refreshToken.exec(text)?.[1] ?? null;
/** The session that the cookie names, unchecked; null: it is none of ours. */
export const sessionOfCookie = (text: string): string | null => cookieValue.exec(text)?.[1] ?? null;
