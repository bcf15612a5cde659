import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeyPair, newKeyPair } from '@jzse/identity';
import { z } from 'zod';
import { writeWhole } from './whole-files.ts';

const ed25519Bytes = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
/** A JWK: other programs can read it. */
const fileSchema = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: ed25519Bytes, d: ed25519Bytes });
const fileName = 'region-key.json';

/**
 * The key by which this region proves itself to hub and regions: made at the first start, kept in its data folder (mode 0600), never
 * sent anywhere. It is on the disk before it is used, so that no power cut makes the hub know a key that nobody has.
 */
export async function openRegionKey(data: string): Promise<KeyPair> {
  const path = join(data, fileName);
  const text = await readText(path);
  if (text !== null) return parse(path, text);
  const made = newKeyPair();
  await writeWhole(data, fileName, `${JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: made.publicKey, d: made.privateKey })}\n`);
  return parse(path, await readFile(path, 'utf8'));
}

async function readText(path: string): Promise<string | null> {
  try {
    const text = await readFile(path, 'utf8');
    await chmod(path, 0o600);
    return text;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function parse(path: string, text: string): KeyPair {
  const parsed = fileSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new Error(`${path} is no key of a region: put the right one back, or remove it and enrol this region again with a new token`);
  }
  return { publicKey: parsed.data.x, privateKey: parsed.data.d };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
