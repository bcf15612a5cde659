import { JzseError } from '@jzse/api';

const metadataCharactersMax = 16 * 1024;

/** tus `Upload-Metadata`: `key base64,key base64`, a value may be missing. Throws `invalid-input`. */
export function parseUploadMetadata(raw: string): ReadonlyMap<string, string> {
  if (raw.length > metadataCharactersMax) throw invalid(`is longer than ${metadataCharactersMax} characters`);
  const metadata = new Map<string, string>();
  for (const pair of raw.split(',')) {
    const [key, value = '', ...more] = pair.trim().split(' ');
    if (key === undefined || key === '') {
      if (raw.trim() === '') continue;
      throw invalid('has an empty key');
    }
    if (more.length > 0 || metadata.has(key)) throw invalid(`has the key ${key} twice, or spaces in its value`);
    metadata.set(key, decode(key, value));
  }
  return metadata;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(key: string, value: string): string {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw invalid(`has a value for ${key} that is not base64`);
  try {
    return utf8.decode(Buffer.from(value, 'base64'));
  } catch (cause) {
    throw new JzseError('invalid-name', `Upload-Metadata has a value for ${key} that is not UTF-8`, { cause });
  }
}

const invalid = (what: string): JzseError => new JzseError('invalid-input', `Upload-Metadata ${what}`);
