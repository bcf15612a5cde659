import { request } from 'node:https';
import { fingerprintOf, trustCertificate } from '@jzse/gateway';
import type { Logger } from 'pino';
import { readEnrolToken } from './enrol-region.ts';
import { readWhole, writeWhole } from './whole-files.ts';

export interface HubAuthorityDeps {
  readonly hubUrl: string;
  /** Folder that is there already. */
  readonly data: string;
  readonly enrolToken: string | null;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}
export interface HubAuthority {
  /** PEM; null: none is known yet. */
  known(): string | null;
  /** Looks whether a token names another authority than the known one, and takes over what the hub then shows, if it is that. Never throws. */
  learn(): Promise<void>;
}

const authorityFile = 'hub-ca.pem';
const fetchTimeoutMs = 3_000;
const bytesMax = 16_384;

/**
 * The authority that the hub keeps for its fleet. An enrolment token carries its fingerprint, so that the hub is known for what it is at
 * the first contact already; from then on it is known by what is in the data folder.
 */
export async function openHubAuthority(deps: HubAuthorityDeps): Promise<HubAuthority> {
  const { data, hubUrl, logger } = deps;
  let known = await readWhole(data, authorityFile);
  if (known !== null) trustCertificate(known);
  /** Fingerprints of what the hub has not shown: to ask again would be the same. */
  const refused = new Set<string>();

  const takeOver = async (fingerprint: string): Promise<void> => {
    const shown = await fetchUnchecked(new URL(`${hubUrl}/ca.pem`));
    if (fingerprintOf(shown) !== fingerprint) {
      refused.add(fingerprint);
      logger.warn(
        { hubUrl, expected: fingerprint, shown: fingerprintOf(shown) },
        'what the hub shows is not the authority that the enrolment token is for: somebody may stand between, or the token is of another hub',
      );
      return;
    }
    await writeWhole(data, authorityFile, shown);
    trustCertificate(shown);
    known = shown;
    logger.info({ fingerprint }, 'the hub is known by its authority from now on');
  };
  return {
    known: () => known,
    learn: async () => {
      if (!hubUrl.startsWith('https:')) return;
      for (const token of [await readEnrolToken(data), deps.enrolToken]) {
        const fingerprint = fingerprintIn(token);
        if (fingerprint === null || refused.has(fingerprint)) continue;
        if (known !== null && fingerprintOf(known) === fingerprint) return;
        // A token that stays in the environment is older than what was put into the folder since.
        if (known !== null && token === deps.enrolToken) continue;
        try {
          return await takeOver(fingerprint);
        } catch (cause) {
          logger.warn({ err: cause, hubUrl }, 'the authority of the hub could not be fetched yet');
        }
      }
    },
  };
}

/** What stands behind the point of a token of a hub that keeps an authority. */
export const fingerprintIn = (token: string | null): string | null => /\.([0-9a-f]{64})$/.exec(token ?? '')?.[1] ?? null;

/** From whoever answers there: it is what is asked for that says whether to believe it. Nothing is told. */
function fetchUnchecked(url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, { rejectUnauthorized: false, agent: false, timeout: fetchTimeoutMs }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
        if (text.length > bytesMax) call.destroy(new Error('the answer is too long for a certificate'));
      });
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`the hub has no authority to show: it answers ${answer.statusCode}; is it started with JZSE_TLS=fleet?`));
      });
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${fetchTimeoutMs} ms`)));
    call.on('error', reject).end();
  });
}
