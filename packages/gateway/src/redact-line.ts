const mask = '***';

/** Fields whose text is a secret, wherever they stand in a line: by the end of their names, and by the whole of them. */
const secretNames = '[\\w-]{0,40}(?:authorization|cookie|password|passwd|token|secret|privateKey|private_key|code_verifier)|pass|old|next';
const text = '"(?:[^"\\\\]|\\\\.)*"';
/** What may be a secret, after what shows that it is. Each is bounded: a line is read once, however it is made. */
const patterns: readonly RegExp[] = [
  new RegExp(`("(?:${secretNames})"\\s{0,9}:\\s{0,9})${text}`, 'gi'),
  // The same in a list of headers, as some libraries keep them: `["authorization","Bearer …"]`.
  new RegExp(`("(?:${secretNames})"\\s{0,9},\\s{0,9})${text}`, 'gi'),
  // The code of a second factor, but not the codes of errors.
  /("code"\s{0,9}:\s{0,9})"\d{6,8}"/g,
  // By form: our tokens and cookies, and JWTs.
  /\b(jzse_)(?:[a-z]_)?[\w-]{8,48}_[\w-]{16,}/g,
  /\b(eyJ)[\w-]+\.[\w-]+\.[\w-]*/g,
  /\b((?:Bearer|Basic)\s{1,9})[\w.~+/=-]{6,}/gi,
  /\b(jzse_session=)[^;"\\\s]+/g,
  // `postgres://user:password@host`.
  /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/"]{0,100}:)[^\s@/"]{1,200}(?=@)/gi,
  // Addresses of share links: `/l/<id>/<secret>`.
  /(\/(?:l|links?)\/(?:[0-9a-f]{24}\/)?)[\w.~-]{16,}/g,
  /([?&](?:token|code|secret|password|access_token|refresh_token|state)=)[^&\s"\\]+/gi,
];

/**
 * A log line without what could be used by whoever reads it. The one place that every line passes, whatever object it was made from:
 * `secrets` are taken out literally, the rest by the names of fields and by form.
 */
export function redactLine(line: string, secrets: readonly string[]): string {
  let clean = line;
  for (const secret of secrets) clean = clean.replaceAll(secret, mask);
  for (const pattern of patterns)
    clean = clean.replace(pattern, (found, before: string) => before + (found.endsWith('"') ? `"${mask}"` : mask));
  return clean;
}
