import { hash } from 'node:crypto';
import type { EntryId, TextHash } from '@jzse/sync';

/** SHA-256 as a number. */
export const textHash: TextHash = (text) => BigInt(`0x${hash('sha256', text, 'hex')}`);
/** Sums as they are stored and compared. */
export const sumToText = (sum: bigint): string => sum.toString(16);
export const textToSum = (text: string): bigint => BigInt(`0x${text}`);
/** Which of the 256 parts of a folder a child is in: the first byte of its id's hash. */
export const bucketOf = (id: EntryId): number => hash('sha256', id, 'buffer')[0] ?? 0;
