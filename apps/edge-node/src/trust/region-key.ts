import { randomUUID } from 'node:crypto';
import { chmod, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeyPair, newKeyPair } from '@jzse/identity';
import { z } from 'zod';

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
  await writeKey(data, path, newKeyPair());
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

async function writeKey(data: string, path: string, { publicKey, privateKey }: KeyPair): Promise<void> {
  const temporary = join(data, `${fileName}.${randomUUID()}`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: publicKey, d: privateKey })}\n`);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(data, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
