const mask = '***';

/** Names of fields whose text is a secret, wherever they stand in a line. */
const secretNames =
  'authorization|proxy-authorization|cookie|set-cookie|password|passwd|pass|old|next|token|accessToken|access_token|refreshToken|refresh_token|idToken|id_token|secret|totpSecret|clientSecret|client_secret|enrolToken|privateKey|code_verifier';
const secretFields = new RegExp(`("(?:[\\w-]*-)?(?:${secretNames})"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`, 'gi');
/** The same in a list of headers, as some libraries keep them: `["authorization","Bearer …"]`. */
const secretPairs = new RegExp(`("(?:${secretNames})"\\s*,\\s*)"(?:[^"\\\\]|\\\\.)*"`, 'gi');
/** What is a secret by its form: our tokens and cookies, JWTs, and what stands after the scheme of an Authorization header. */
const secretForms =
  /\bjzse_(?:[a-z]_)?[\w-]{8,}_[\w-]{16,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=\b(?:Bearer|Basic)\s+)[\w.~+/=-]{6,}|(?<=\bjzse_session=)[^;"\\\s]+/g;
/** Passwords of addresses such as `postgres://user:password@host`. */
const addressPasswords = /(?<=\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/"]*:)[^\s@/"]+(?=@)/gi;
/** The rest of an address that is secret by itself: a share link. */
const secretPaths = /(\/(?:l|link|links|drop)\/)[\w.~-]{16,}/g;
const secretQueries = /([?&](?:token|code|secret|password|access_token|refresh_token|state)=)[^&\s"\\]+/gi;

/**
 * A log line without what could be used by whoever reads it. The one place that every line passes, whatever object it was made from:
 * `secrets` are taken out literally, the rest by the names of fields and by form.
 */
export function redactLine(line: string, secrets: readonly string[]): string {
  let clean = line;
  for (const secret of secrets) clean = clean.replaceAll(secret, mask);
  return clean
    .replace(secretFields, `$1"${mask}"`)
    .replace(secretPairs, `$1"${mask}"`)
    .replace(secretForms, mask)
    .replace(addressPasswords, mask)
    .replace(secretPaths, `$1${mask}`)
    .replace(secretQueries, `$1${mask}`);
}
