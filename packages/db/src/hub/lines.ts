/** Many texts go as one, a line each, which neither side has to quote: JSON has no line break of its own. */
export const lines = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join('\n');
