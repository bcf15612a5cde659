import type { RegionId, SpaceId } from '@jzse/sync';
import { transferPriority } from './hub-store.ts';
import { closeDatabase, type HubDatabase, openDatabase } from './open-database.ts';

export interface EnrolmentRow {
  readonly region: RegionId;
  readonly expiresMs: number;
  readonly url: string | null;
  readonly isUsed: boolean;
}

/** PEM. */
export interface AuthorityRow {
  readonly certificate: string;
  readonly privateKey: string;
  readonly createdMs: number;
}

/** How regions come into the fleet and leave it. */
export interface FleetStore {
  /** Takes the place of a former token of the region. */
  putEnrolment(enrolment: {
    readonly region: RegionId;
    readonly tokenHash: string;
    readonly expiresMs: number;
    readonly url: string | null;
  }): Promise<void>;
  /** The key takes the token for itself, in one step: of two keys one gets it. Null: no such token for this region now, or another key has it. */
  claimEnrolment(claim: {
    readonly region: RegionId;
    readonly tokenHash: string;
    readonly publicKey: string;
    readonly nowMs: number;
  }): Promise<{ readonly url: string | null } | null>;
  dropEnrolment(region: RegionId): Promise<void>;
  enrolments(): Promise<readonly EnrolmentRow[]>;
  /** The one that is kept; made when there is none. Hubs that make one at once get the same. */
  keepAuthority(make: () => AuthorityRow): Promise<AuthorityRow>;
  /** The region is nobody to plan for any more. What it held counts again when it comes back. */
  removeRegion(region: RegionId): Promise<void>;
  /** Others reach it there from now on. */
  setRegionUrl(region: RegionId, url: string): Promise<void>;
  /** Nothing of the space is to be brought to the region, and nobody fetches it there. */
  leaveSpace(region: RegionId, space: SpaceId): Promise<void>;
  /** Everything of the space is to be brought to the region. */
  enterSpace(region: RegionId, space: SpaceId, nowMs: number): Promise<void>;
  close(): Promise<void>;
}

const poolMax = 2;

/** On the same database as the hub's metadata. */
export async function openFleetStore({ databaseUrl }: { readonly databaseUrl: string }): Promise<FleetStore> {
  const pools = await openDatabase({ databaseUrl, poolMax });
  return {
    ...enrolments(pools.durable),
    keepAuthority: (make) => keepAuthority(pools.durable, make),
    ...regions(pools.durable),
    close: () => closeDatabase(pools),
  };
}

async function keepAuthority(database: HubDatabase, make: () => AuthorityRow): Promise<AuthorityRow> {
  const find = async (): Promise<AuthorityRow | undefined> =>
    (await database<AuthorityRow[]>`SELECT certificate, private_key AS "privateKey", created_ms AS "createdMs" FROM authority`)[0];
  const known = await find();
  if (known !== undefined) return known;
  const made = make();
  await database`
    INSERT INTO authority (certificate, private_key, created_ms) VALUES (${made.certificate}, ${made.privateKey}, ${made.createdMs})
    ON CONFLICT DO NOTHING`;
  return (await find()) ?? made;
}

function enrolments(database: HubDatabase): Pick<FleetStore, 'putEnrolment' | 'claimEnrolment' | 'dropEnrolment' | 'enrolments'> {
  return {
    putEnrolment: async ({ region, tokenHash, expiresMs, url }) => {
      await database`
        INSERT INTO enrolment (region, token_hash, expires_ms, url) VALUES (${region}, ${tokenHash}, ${expiresMs}, ${url})
        ON CONFLICT (region) DO UPDATE
        SET token_hash = excluded.token_hash, expires_ms = excluded.expires_ms, url = excluded.url, used_by = NULL`;
    },
    claimEnrolment: async ({ region, tokenHash, publicKey, nowMs }) => {
      const [row] = await database<{ readonly url: string | null }[]>`
        UPDATE enrolment SET used_by = ${publicKey}
        WHERE region = ${region} AND token_hash = ${tokenHash} AND expires_ms > ${nowMs} AND (used_by IS NULL OR used_by = ${publicKey})
        RETURNING url`;
      return row ?? null;
    },
    dropEnrolment: async (region) => {
      await database`DELETE FROM enrolment WHERE region = ${region}`;
    },
    enrolments: async () => [
      ...(await database<EnrolmentRow[]>`
        SELECT region, expires_ms AS "expiresMs", url, used_by IS NOT NULL AS "isUsed" FROM enrolment ORDER BY region`),
    ],
  };
}

function regions(database: HubDatabase): Pick<FleetStore, 'removeRegion' | 'setRegionUrl' | 'leaveSpace' | 'enterSpace'> {
  return {
    removeRegion: async (region) => {
      await database`
        WITH renewed AS (UPDATE registry SET generation = generation + 1 RETURNING generation),
          unplanned AS (DELETE FROM transfer USING renewed WHERE region = ${region})
        DELETE FROM region USING renewed WHERE id = ${region}`;
    },
    setRegionUrl: async (region, url) => {
      await database`UPDATE region SET url = ${url} WHERE id = ${region}`;
    },
    leaveSpace: async (region, space) => {
      // With the new generation: batches that planned for the region before are in by now, and those that come later do not.
      await database`
        WITH renewed AS (UPDATE registry SET generation = generation + 1 RETURNING generation)
        INSERT INTO unplaced (space, region) SELECT ${space}, ${region} FROM renewed ON CONFLICT DO NOTHING`;
      await database`
        WITH unplanned AS (DELETE FROM transfer WHERE region = ${region} AND space = ${space})
        DELETE FROM holding WHERE region = ${region} AND space = ${space}`;
    },
    enterSpace: async (region, space, nowMs) => {
      await database`
        WITH renewed AS (UPDATE registry SET generation = generation + 1 RETURNING generation)
        DELETE FROM unplaced USING renewed WHERE space = ${space} AND region = ${region}`;
      await database`
        INSERT INTO transfer (region, space, hash, priority, due_ms)
        SELECT region.id, content.space, content.hash, ${transferPriority.bulk}, ${nowMs} FROM content CROSS JOIN region
        WHERE region.id = ${region} AND content.space = ${space} AND NOT EXISTS (
          SELECT 1 FROM holding WHERE holding.space = content.space AND holding.hash = content.hash AND holding.region = ${region} OFFSET 0)
        ORDER BY content.hash
        ON CONFLICT DO NOTHING`;
    },
  };
}
