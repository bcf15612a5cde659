import type { IncomingHttpHeaders } from 'node:http';
import { causalHeader, causalHeaderCharactersMax, JzseError } from '@jzse/api';
import { type CausalToken, decodeCausalToken } from '@jzse/sync';

/** What the caller has seen, of all spaces that it names; none if it sent no token. Throws `invalid-input`. */
export function causalTokensIn(headers: IncomingHttpHeaders): readonly CausalToken[] {
  const text = headers[causalHeader]?.toString();
  if (text === undefined) return [];
  if (text.length > causalHeaderCharactersMax)
    throw new JzseError('invalid-input', `${causalHeader} must not be longer than ${causalHeaderCharactersMax} characters`);
  return text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const token = decodeCausalToken(part.trim());
      if (token !== null) return token;
      throw new JzseError('invalid-input', `${causalHeader} must hold tokens as an answer gave them; leave it out if there is none`);
    });
}
