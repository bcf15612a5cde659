/** Array literals of Postgres, which the client library sends as they are: its own quoting of each value takes longer than all else it does with a batch. */

/** For `text[]`. */
export const textArray = (values: readonly (string | null)[]): string => `{${values.map(quoted).join()}}`;
/** For arrays of numbers. */
export const numberArray = (values: readonly (number | null)[]): string => `{${values.map((value) => value ?? 'NULL').join()}}`;

const mustEscape = /["\\]/;
const quoted = (value: string | null): string => {
  if (value === null) return 'NULL';
  return `"${mustEscape.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"') : value}"`;
};
