import { createHash } from 'node:crypto';
import type { LogCursor, WakeUp } from '@jzse/api/hub';
import { TestAuthor } from '@jzse/db/testing';
import { type KeyPair, newKeyPair, signRegionProof } from '@jzse/identity';
import type { Content, CreateFile, EntryId, FeedPosition, Hash, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import { rootId } from '@jzse/sync';
import { type HubClient, hubClient } from './test-hub.ts';

export const demo = 'demo' as SpaceId;
export const sha256 = (text: string): Hash => createHash('sha256').update(text).digest('hex') as Hash;

/** Whoever comes again under the same name is the same region. */
const keys = new Map<string, KeyPair>();

/** A region without files: it speaks to a hub as a real one does, by a key of its own. */
export class TestRegion {
  readonly id: RegionId;
  readonly wakeUps: WakeUp[] = [];
  hub: HubClient;
  /** For what regions may not do. */
  readonly admin: HubClient;
  replica: ReplicaId | null = null;
  counter = 0;
  seen: FeedPosition = { epoch: 0, sequence: 0 };
  private listening: { unsubscribe(): void } | null = null;

  constructor(id: string, hubUrl: string) {
    this.id = id as RegionId;
    this.admin = hubClient(hubUrl);
    let enrolled: Promise<KeyPair> | null = null;
    this.hub = hubClient(hubUrl, async () => {
      enrolled ??= this.enrol(hubUrl);
      const proof = { region: this.id, space: null, audience: 'jzse-hub', nowMs: Date.now() } as const;
      return (await signRegionProof(await enrolled, proof)).token;
    });
  }

  private async enrol(hubUrl: string): Promise<KeyPair> {
    const key = keys.get(this.id) ?? newKeyPair();
    keys.set(this.id, key);
    const { token } = await this.admin.fleet.addRegion.mutate({ region: this.id });
    const url = `http://${this.id}.example:7400`;
    await hubClient(hubUrl, async () => null).fleet.enrol.mutate({ region: this.id, token, publicKey: key.publicKey, url });
    return key;
  }

  async register(): Promise<ReplicaId> {
    const { replica } = await this.hub.register.mutate({ region: this.id, url: `http://${this.id}.example:7400`, replica: this.replica });
    this.replica = replica;
    return replica;
  }

  /** Resolves with the first wake-up. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.listening = this.hub.wakeUps.subscribe(
        { region: this.id },
        {
          onData: (wakeUp) => {
            this.wakeUps.push(wakeUp);
            resolve();
          },
          onError: reject,
        },
      );
    });
  }

  stopListening(): void {
    this.listening?.unsubscribe();
  }

  createFile(name: string): CreateFile {
    if (this.replica === null) throw new Error('register first');
    const counter = ++this.counter;
    const content: Content = { hash: sha256(name), size: name.length, manifest: null };
    return {
      type: 'create',
      kind: 'file',
      dot: { replica: this.replica, counter },
      stamp: { wallMs: Date.now(), logical: 0, replica: this.replica },
      context: { position: this.seen, counter: counter - 1 },
      entryId: `${this.id}-${counter}` as EntryId,
      author: { user: 'ann', device: 'laptop', region: this.id },
      parentId: rootId,
      name,
      content,
      facts: { mediaType: 'text/plain', modifiedMs: 1_000 },
    };
  }

  /** Operations of all kinds, of a life of their own; its stamps are of now. */
  async author(): Promise<TestAuthor> {
    const { replica } = await this.hub.register.mutate({ region: this.id, url: `http://${this.id}.example:7400`, replica: null });
    const author = new TestAuthor(replica);
    author.wallMs = Date.now();
    return author;
  }

  async push(operations: readonly Operation[], inEpoch?: number, { space = demo, cursor }: { space?: SpaceId; cursor?: LogCursor } = {}) {
    const epoch = inEpoch ?? (await this.epoch(space));
    const known = cursor ?? { epoch, sequence: 0, dot: null };
    return this.hub.push.mutate({ space, epoch, region: this.id, cursor: known, operations: [...operations] });
  }

  pull(
    after: FeedPosition & { readonly dot?: LogCursor['dot'] },
    { limit = 2000, space = demo }: { limit?: number; space?: SpaceId } = {},
  ) {
    return this.hub.pull.query({ space, region: this.id, after: { dot: null, ...after }, limit });
  }

  /** Of the hub's log; later than that of any log before it. */
  async epoch(space: SpaceId = demo): Promise<number> {
    return (await this.hub.snapshotHead.query({ space })).position.epoch;
  }

  transfers(request: { done?: string[]; failed?: string[]; held?: { space: SpaceId; hash: Hash }[]; want?: number } = {}) {
    return this.hub.transfers.mutate({ region: this.id, done: [], failed: [], held: [], want: 100, ...request });
  }

  /** The last head that a wake-up named. */
  headSeen(): FeedPosition | undefined {
    return this.wakeUps.flatMap(({ heads }) => heads).findLast(({ space }) => space === demo)?.head;
  }
}
