import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { JzseError } from '@jzse/api';
import type { HandOver, SignedIn } from '@jzse/api/hub';
import { DirectoryChanged } from '@jzse/db/hub';
import { newId } from '@jzse/identity';
import { z } from 'zod';
import type { Directory } from './directory.ts';
import { mayAct, type Sessions } from './sessions.ts';

/** A browser needs one redirect for it. */
export const handOverMs = 60_000;

export interface HandOversDeps {
  readonly directory: Pick<Directory, 'get' | 'isKnown'>;
  readonly sessions: Pick<Sessions, 'open'>;
  readonly secret: string;
  readonly nowMs: () => number;
}
/** From the hub, where a person was vouched for, to the region where the sign-in began. */
export interface HandOvers {
  /** A code that says to nobody but hubs of this database whose it is. */
  give(of: Pick<HandOver, 'region' | 'state'> & { readonly user: string }): string;
  /** Throws `wrong-credentials`. */
  take(handOver: HandOver): Promise<SignedIn>;
}

/** No hub remembers a code: it names the session that it is for, and that can be opened once. So any hub on this database takes it. */
export function createHandOvers({ directory, sessions, secret, nowMs }: HandOversDeps): HandOvers {
  const seal = createSeal(secret);
  return {
    give: ({ user, region, state }) => seal.close({ user, region, state, session: newId(), untilMs: nowMs() + handOverMs }),
    take: async ({ region, state, code }) => {
      const given = seal.open(code);
      if (given === null || given.untilMs < nowMs() || given.region !== region || given.state !== state) throw refused();
      if (!mayAct(await directory.get('user', given.user))) throw refused();
      if (await directory.isKnown('session', given.session)) throw refused();
      try {
        return await sessions.open(given.user, { device: 'browser', wants: 'cookie', id: given.session });
      } catch (cause) {
        if (cause instanceof DirectoryChanged) throw refused(cause);
        throw cause;
      }
    },
  };
}

const sealed = z.object({ user: z.string(), region: z.string(), state: z.string(), session: z.string(), untilMs: z.number() });
type Sealed = z.output<typeof sealed>;

const nonceBytes = 12;
const tagBytes = 16;

function createSeal(secret: string): { close(given: Sealed): string; open(text: string): Sealed | null } {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'jzse oidc hand-over', 32));
  return {
    close: (given) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
      const body = Buffer.concat([cipher.update(JSON.stringify(given)), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open: (text) => {
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length <= nonceBytes + tagBytes) return null;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        const body = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
        return sealed.parse(JSON.parse(body.toString()));
      } catch {
        // Not one of ours, or not as it was.
        return null;
      }
    },
  };
}

const refused = (cause?: unknown): JzseError =>
  new JzseError('wrong-credentials', 'this sign-in was used, took too long, or began elsewhere: begin again', { cause });
