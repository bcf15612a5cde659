import { JzseError } from '@jzse/api';

/** Below this a text can do no harm, whatever is in it. */
const harmlessCharacters = 64 * 1024;
export const jsonDepthMax = 64;
/** Values of one text: what is parsed takes many times the room of what was sent. */
export const jsonValuesMax = 2_000_000;

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** One pass over a long text before it is parsed. Throws `invalid-input` for one that is nested too deeply or has too many values. */
export function checkJson(text: string): void {
  if (text.length <= harmlessCharacters) return;
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at);
        break;
      case comma:
        values++;
        break;
      case openBracket:
      case openBrace:
        depth++;
        values++;
        if (depth > jsonDepthMax) throw new JzseError('invalid-input', `JSON may be nested ${jsonDepthMax} deep, not more`);
        break;
      case closeBracket:
      case closeBrace:
        depth--;
        break;
    }
    if (values > jsonValuesMax) throw new JzseError('invalid-input', `JSON may have ${jsonValuesMax} values, not more`);
  }
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** A key that changes what objects are, written plainly or escaped. */
const suspicious = /"(?:_|\\u005[fF]){2}(?:p|\\u0070)|"(?:c|\\u0063)(?:o|\\u006[fF])(?:n|\\u006[eE])(?:s|\\u0073)/;
export const maySpoilObjects = (text: string): boolean => suspicious.test(text);
