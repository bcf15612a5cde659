/** Bytes of one version that is merged or compared; above that people are asked. */
export const textBytesMax = 8 * 1024 * 1024;

/** UTF-8 text as it is, byte order mark included; null for what is no text: other encodings, NUL characters, more than `textBytesMax`. */
export function decodeText(bytes: Uint8Array): string | null {
  if (bytes.length > textBytesMax || bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
