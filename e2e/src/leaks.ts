/** Shapes of what must never be written down: tokens of people and regions, cookies, refresh tokens, password hashes, private keys. */
const shapes: readonly RegExp[] = [
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/,
  /\bjzse_(?:[a-z]+_)?[A-Za-z0-9-]+_[A-Za-z0-9_-]{20,}/,
  /\$argon2id\$/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /[Bb]earer (?!…|\[)[A-Za-z0-9._-]{12,}/,
];

const noted = new Set<string>();

/** A secret that a test uses and whose shape gives nothing away: a password, a token by name. */
export function noteSecret(secret: string): string {
  noted.add(secret);
  return secret;
}

/** Throws when a log holds a secret that was noted, or what looks like one. The secret itself is not repeated. */
export function refuseLeaks(name: string, log: string): void {
  for (const line of log.split('\n')) {
    const found = [...noted].find((secret) => line.includes(secret)) ?? shapes.map((shape) => shape.exec(line)?.[0]).find(Boolean);
    if (found !== undefined) throw new Error(`${name} wrote a secret into its log: ${line.replaceAll(found, '<secret>').slice(0, 500)}`);
  }
}
