import { causalHeaderCharactersMax } from '@jzse/api';
import { type CausalToken, comparePositions, decodeCausalToken, encodeCausalToken } from '@jzse/sync';

/**
 * What a program has seen of each space. Sent with every call, so that no edge shows it the past of what it wrote, also after a change of edges:
 * one instance is shared by all clients that act for the same person.
 */
export interface CausalTokens {
  /** For the header of a request; null if nothing was seen yet. */
  sent(): string | null;
  /** Takes over what an answer says; `sent` is what its request had named, which the answer has seen too. */
  seen(answer: string, sent: string | null): void;
  /** Gives a guarantee up, for a space whose region lost what was seen. */
  forget(space: string): void;
}

/** Tokens kept a space: of answers that came from several edges at once. */
const tokensPerSpaceMax = 4;

export function createCausalTokens(): CausalTokens {
  /** The space that was used last comes last. */
  const spaces = new Map<string, readonly CausalToken[]>();
  return {
    sent: () => {
      const texts: string[] = [];
      let characters = 0;
      for (const tokens of [...spaces.values()].reverse()) {
        const named = tokens.map(encodeCausalToken);
        characters += named.reduce((sum, text) => sum + text.length + 1, 0);
        if (characters > causalHeaderCharactersMax) break;
        texts.push(...named);
      }
      return texts.length === 0 ? null : texts.join(',');
    },
    seen: (answer, sent) => {
      const included = new Set(split(sent ?? ''));
      for (const text of split(answer)) {
        const token = decodeCausalToken(text);
        if (token === null) continue;
        const known = spaces.get(token.space) ?? [];
        const others = known.filter((other) => !included.has(encodeCausalToken(other)) && !includes(token, other));
        const isOld = others.some((other) => includes(other, token));
        spaces.delete(token.space);
        spaces.set(token.space, isOld ? others : [...others, token].slice(-tokensPerSpaceMax));
      }
    },
    forget: (space) => void spaces.delete(space),
  };
}

const split = (header: string): string[] =>
  header
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Whoever has seen `token` has seen `other`. */
function includes(token: CausalToken, other: CausalToken): boolean {
  if (comparePositions(token.position, other.position) < 0) return false;
  if (other.dot === null) return true;
  return token.dot !== null && token.dot.replica === other.dot.replica && token.dot.counter >= other.dot.counter;
}
