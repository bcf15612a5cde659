/** Another change came between: read again and decide anew. Nothing of the refused change was made. */
export class DirectoryChanged extends Error {
  constructor() {
    super('the directory has changed meanwhile');
    this.name = 'DirectoryChanged';
  }
}

export interface StoredRecord {
  readonly kind: string;
  readonly key: string;
  readonly revision: number;
  /** Plain JSON; null: gone. */
  readonly state: object | null;
}
export interface DirectoryChange {
  readonly kind: string;
  readonly key: string;
  readonly state: object | null;
  /** What is there now, else the whole change is refused (`DirectoryChanged`); absent: whatever. Null: nothing. */
  readonly was?: object | null;
  /** That it is about. Kept when the state is null. */
  readonly space: string | null;
  readonly person: string | null;
  /** By what else it is found: `user/li.wei`, `group/design`, `hash/…`. Members, grants and groups name their subjects so, placements their region. */
  readonly terms: readonly string[];
}
export interface SigningKeyRow {
  readonly id: string;
  readonly publicKey: string;
  readonly privateKey: string;
  readonly createdMs: number;
}
export interface SessionRow {
  readonly generation: number;
  readonly rotatedMs: number;
}

/** The directory as the hub keeps it, and the secrets that do not leave the hub. Every call is one statement. */
export interface IdentityStore {
  head(): Promise<{ readonly life: string; readonly revision: number }>;
  /** All or none; answers the revision of the directory after it. Throws `DirectoryChanged`. */
  put(changes: readonly DirectoryChange[]): Promise<number>;
  get(kind: string, key: string): Promise<StoredRecord | null>;
  /** Those that are not gone, in the order of keys. */
  list(kind: string, page: { readonly after: string | null; readonly limit: number }): Promise<readonly StoredRecord[]>;
  /** All that are not gone and have this term. */
  find(kind: string, term: string): Promise<readonly StoredRecord[]>;
  /** In the order of revisions; `state` is null where the record does not concern the region. */
  pageForRegion(request: { readonly region: string; readonly after: number; readonly limit: number }): Promise<{
    readonly life: string;
    readonly records: readonly StoredRecord[];
    readonly revision: number;
    readonly isLast: boolean;
  }>;
  /** Random, made with the database. */
  refreshSecret(): Promise<string>;
  signingKeys(): Promise<readonly SigningKeyRow[]>;
  addSigningKey(key: SigningKeyRow): Promise<void>;
  dropSigningKeys(ids: readonly string[]): Promise<void>;
  session(id: string): Promise<SessionRow | null>;
  noteRotation(id: string, rotation: { readonly generation: number; readonly atMs: number }): Promise<void>;
  sessions(ids: readonly string[]): Promise<ReadonlyMap<string, SessionRow>>;
  dropSessions(ids: readonly string[]): Promise<void>;
  pendingTotp(person: string): Promise<string | null>;
  setPendingTotp(person: string, secret: string | null): Promise<void>;
  lastTotpStep(person: string): Promise<number | null>;
  /** False: that step or a later one was taken already. */
  takeTotpStep(person: string, step: number): Promise<boolean>;
  forgetTotp(person: string): Promise<void>;
  personOfSubject(issuer: string, subject: string): Promise<string | null>;
  /** The first one stays. */
  linkSubject(issuer: string, subject: string, person: string): Promise<void>;
  close(): Promise<void>;
}
