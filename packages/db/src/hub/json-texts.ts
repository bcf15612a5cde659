/** JSON of objects that never change, each made once: an entry stands in its feed row, in the tree, and in the past of the row after it. */
export interface JsonTexts {
  of(value: object | null): string;
  /** What `value` was parsed from. */
  note(value: object, text: string): void;
}

export function createJsonTexts(): JsonTexts {
  const texts = new WeakMap<object, string>();
  return {
    of: (value) => {
      if (value === null) return 'null';
      const known = texts.get(value);
      if (known !== undefined) return known;
      const text = JSON.stringify(value);
      texts.set(value, text);
      return text;
    },
    note: (value, text) => void texts.set(value, text),
  };
}

/** Many texts go as one, a line each, which neither side has to quote: JSON has no line break of its own. */
export const lines = (values: readonly (object | null)[], texts: JsonTexts = createJsonTexts()): string =>
  values.map((value) => texts.of(value)).join('\n');
