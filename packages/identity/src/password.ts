import { hash, verify } from '@node-rs/argon2';
import { createLine, type LineLimits } from './waiting-line.ts';

export const passwordCharactersMin = 10;
export const passwordCharactersMax = 200;

/** Argon2id (the library's default) by OWASP's first recommendation. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Each takes 19 MiB and one of the four threads that files and DNS need too. */
const atOnceMaxDefault = 2;
const waitingMaxDefault = 200;
const waitingPerPersonMaxDefault = 20;

export interface Passwords {
  /** PHC string. Throws `overloaded`. */
  hash(password: string): Promise<string>;
  /** Takes the same time when there is no hash: whether somebody exists does not show. Throws `overloaded`. */
  check(password: string, passwordHash: string | null): Promise<boolean>;
}

/**
 * Few are worked on at once, and few wait: however many passwords are tried, memory and threads are bounded. Those who wait take turns by
 * person, so that whoever is guessed at does not keep others waiting.
 */
export function createPasswords(options: Partial<LineLimits> = {}): Passwords {
  const inLine = createLine({
    atOnceMax: atOnceMaxDefault,
    waitingMax: waitingMaxDefault,
    waitingPerKeyMax: waitingPerPersonMaxDefault,
    ...options,
  });
  let dummy: Promise<string> | null = null;
  return {
    hash: (password) => inLine('new', () => hash(normal(password), cost)),
    check: async (password, passwordHash) => {
      // An endless password would be hashed for as long as it is long.
      const isPossible = password.length <= passwordCharactersMax * 2;
      dummy ??= hash('nobody has this password', cost);
      const against = passwordHash ?? (await dummy);
      const isRight = await inLine(passwordHash ?? 'nobody', () => verify(against, isPossible ? normal(password) : '').catch(() => false));
      return isRight && isPossible && passwordHash !== null;
    },
  };
}

/** Why it may not be somebody's password; null: it may. Length is what counts: no rules of composition. */
export function passwordProblem(password: string, user: string): string | null {
  const characters = [...password].length;
  if (characters < passwordCharactersMin) return `choose a password of at least ${passwordCharactersMin} characters`;
  if (characters > passwordCharactersMax) return `choose a password of at most ${passwordCharactersMax} characters`;
  if (normal(password).toLowerCase() === user.toLowerCase()) return 'choose a password that is not the user name';
  if (new Set(password).size < 3) return 'choose a password of more different characters';
  return null;
}

/** However a keyboard composes accents, it is the same password. */
const normal = (password: string): string => password.normalize('NFC');
