/** What to tell a person about any error; of the system's own ones, what happened to which file. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [, code, what, path] = /^(E[A-Z]+): (.+), \w+ '(.*)'(?: -> '.*')?$/s.exec(error.message) ?? [];
  return code === undefined ? error.message : `${path}: ${what} (${code})`;
}
