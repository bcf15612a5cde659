import type { Hash as Digest } from 'node:crypto';
import { createHash } from 'node:crypto';
import { JzseError } from '@jzse/api';

/** What tus `Upload-Checksum` may name. */
export const checksumAlgorithms = ['sha1', 'sha256', 'md5'] as const;

/** What the bytes of one part must hash to. */
export interface Checksum {
  readonly algorithm: (typeof checksumAlgorithms)[number];
  readonly digest: Buffer;
}

export interface ChecksumMeter {
  add(bytes: Uint8Array): void;
  /** Throws `checksum-mismatch`. */
  check(): void;
}

/** Sums up the bytes of one part; without a checksum, does nothing. */
export function measureChecksum(checksum: Checksum | null): ChecksumMeter {
  const digest: Digest | null = checksum === null ? null : createHash(checksum.algorithm);
  return {
    add: (bytes) => void digest?.update(bytes),
    check: () => {
      if (checksum === null || digest === null || digest.digest().equals(checksum.digest)) return;
      throw new JzseError('checksum-mismatch', 'the bytes that arrived do not have the checksum; send this part again');
    },
  };
}
