import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodes, JzseError } from '@jzse/api';
import type { FleetServices } from '@jzse/api/hub';
import type { RegionId } from '@jzse/sync';
import type { Logger } from 'pino';

export interface EnrolDeps {
  readonly region: RegionId;
  /** How others reach this region; the hub may have approved another address. */
  readonly url: string;
  readonly publicKey: string;
  readonly data: string;
  /** What this process was started with. */
  readonly token: string | null;
  readonly enrol: FleetServices['enrol'];
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/**
 * The hub does not know this region's key: offers it with a one-time token, if there is one. True: it is known now. Asked by many at
 * once, it is done once.
 */
export type Enrolment = () => Promise<boolean>;

/** May be put into the data folder of a region that runs; taken away when it was used. */
export const enrolTokenFile = 'enrol-token';

export function createEnrolment(deps: EnrolDeps): Enrolment {
  const { region, url, publicKey, enrol, logger } = deps;
  /** Refused by the hub: to ask again would be the same. */
  const refused = new Set<string>();
  let running: Promise<boolean> | null = null;
  let isHelpless = false;

  const tryToken = async (token: string): Promise<boolean> => {
    try {
      const known = await enrol({ token, region, publicKey, url });
      logger.info({ url: known.url }, 'this region is enrolled at the hub');
      if (known.url !== url)
        logger.warn({ url, approved: known.url }, 'others reach this region at the address that was approved, not at its own');
      return true;
    } catch (cause) {
      if (!(cause instanceof JzseError) || errorCodes[cause.code].retryable) throw cause;
      refused.add(token);
      logger.warn({ code: cause.code }, 'the hub does not take this enrolment token; get another one with "jzse admin regions add"');
      return false;
    }
  };
  const run = async (): Promise<boolean> => {
    for (const token of [await readEnrolToken(deps.data), deps.token]) {
      if (token === null || refused.has(token)) continue;
      if (!(await tryToken(token))) continue;
      await rm(join(deps.data, enrolTokenFile), { force: true });
      isHelpless = false;
      return true;
    }
    if (!isHelpless) logger.warn(`the hub does not know the key of this region: enrol it with "jzse admin regions add ${region}"`);
    isHelpless = true;
    return false;
  };
  return () => {
    running ??= run().finally(() => {
      running = null;
    });
    return running;
  };
}

/** That was put into the data folder. */
export async function readEnrolToken(data: string): Promise<string | null> {
  try {
    const text = (await readFile(join(data, enrolTokenFile), 'utf8')).trim();
    return text === '' ? null : text;
  } catch {
    return null;
  }
}
