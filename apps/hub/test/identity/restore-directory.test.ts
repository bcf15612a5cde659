import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEntry, FleetServices, HubServices } from '@jzse/api/hub';
import { type OpenRegionStore, openRegionStore } from '@jzse/db/region';
import { secretHash } from '@jzse/identity';
import { entryId, type RegionId } from '@jzse/sync';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { copyDirectory } from '../../../edge-node/src/trust/copy-directory.ts';
import { createDirectoryView, type DirectoryView } from '../../../edge-node/src/trust/directory-view.ts';
import { unlessForgotten } from '../../../edge-node/src/trust/former-directory.ts';
import { openFleetView } from '../../src/fleet/fleet-view.ts';
import { openFleet } from '../../src/fleet/open-fleet.ts';
import { becomes } from '../../src/identity/records.ts';
import { adminToken, demo, password, startTestIdentity, startTestPostgres, type TestIdentity, type TestPostgres } from './test-identity.ts';

const [beijing, shanghai] = ['beijing', 'shanghai'] as [RegionId, RegionId];
const file = entryId('beijing:1/1' as never);
const wei = { type: 'user', user: 'wei' } as const;

interface TestHub {
  readonly identity: TestIdentity;
  readonly fleet: FleetServices;
  readonly noted: AuditEntry[];
}
interface TestRegion {
  readonly store: OpenRegionStore;
  readonly view: DirectoryView;
  copy(): Promise<void>;
}

let postgres: TestPostgres;
let folder: string;
let hub: TestHub;
let regions: { readonly [region: string]: TestRegion };
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'jzse-restore-'));
  hub = await startHub();
  regions = { [beijing]: openRegion(beijing), [shanghai]: openRegion(shanghai) };
  await enrolBoth();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

test('as long as the hub knows nobody, the former directory decides, and the token of the new first admin counts too', async () => {
  const { token } = await makePeople();
  await copyBoth();
  await loseDatabase('another token of the first admin');
  await copyBoth();
  await copyBoth();
  const { view, store } = region(shanghai);
  expect(view.roleIn(demo, 'wei')).toBe('editor');
  for (const known of [token, 'another token of the first admin']) expect(view.tokenByHash(secretHash(known))).not.toBeNull();
  expect(view.copiedMs()).toBe(2);
  // The hub would say that there is no such person.
  const { accounts } = hub.identity;
  await expect(unlessForgotten(accounts, store.directory).signIn(signInOf('wei'))).rejects.toMatchObject({ code: 'hub-unreachable' });

  await hub.identity.addUser('somebody');
  await hub.identity.people.setGroup('staff', ['somebody']);
  await hub.identity.sharingFor({ type: 'anonymous' }).setMember({
    actor: 'owner',
    space: demo,
    subject: { type: 'group', group: 'staff' },
    role: 'reader',
  });
  await copyBoth();
  expect([view.roleIn(demo, 'wei'), view.roleIn(demo, 'somebody')]).toEqual([null, 'reader']);
  expect(await hub.fleet.restoreDirectory()).toBeNull();
});

test('what the regions know comes back, of several copies the later one, and is written down', async () => {
  const { token } = await makePeople();
  await copyBoth();
  await sharing().setMember({ actor: 'owner', space: demo, subject: wei, role: 'reader' });
  await region(shanghai).copy();
  await loseDatabase();
  expect(await hub.fleet.restoreDirectory()).toMatchObject({ awaited: ['beijing', 'shanghai'], offered: [] });
  await copyBoth();
  const taken = { user: 1, group: 1, member: 2, grant: 1, link: 1, token: 1, placement: 1, quota: 1 };
  expect(await hub.fleet.restoreDirectory()).toMatchObject({ awaited: [], offered: ['beijing', 'shanghai'], taken });

  await copyBoth();
  for (const { view } of Object.values(regions)) {
    expect(view.roleIn(demo, 'wei')).toBe('reader');
    expect(view.tokenByHash(secretHash(token))).toMatchObject({ user: 'wei' });
    expect(view.tokenByHash(secretHash(adminToken))).toMatchObject({ user: 'owner' });
  }
  expect(await hub.identity.signIn('wei')).toMatchObject({ user: 'wei' });
  expect(hub.noted.map(({ action, target, detail }) => [action, target, detail['user']])).toEqual([
    ['fleet.offerDirectory', 'beijing', 2],
    ['fleet.offerDirectory', 'shanghai', 2],
  ]);
  const events = await hub.identity.hub.readEvents({ after: 0, limit: 100, types: ['directory-restored'] });
  expect(events.map(({ region: by }) => by)).toEqual(['beijing', 'shanghai']);
  expect(JSON.stringify(events)).not.toContain('argon2');
});

test('nothing is taken that the hub has not asked for, that it has, or that has no shape of its kind', async () => {
  await makePeople();
  await copyBoth();
  const offer = { region: beijing, life: 'former', revision: 9, isLast: false };
  const user = { user: 'eve', displayName: '', isAdmin: true, isDisabled: false, isService: false };
  const record = { kind: 'user', state: { ...user, passwordHash: null, totpSecret: null, validFromMs: 0 } } as const;
  const refused = { code: 'precondition-failed' };
  await expect(hub.fleet.offerDirectory({ ...offer, records: [record] })).rejects.toMatchObject(refused);
  await loseDatabase();
  await expect(hub.fleet.offerDirectory({ ...offer, records: [record] })).rejects.toMatchObject(refused);
  await hub.fleet.restoreDirectory();
  const owner = { kind: 'user', state: { ...record.state, user: 'owner', isDisabled: true } } as const;
  const broken = { kind: 'member', state: { space: demo, subject: wei, role: 'god' } } as const;
  await hub.fleet.offerDirectory({ ...offer, records: [record, owner, broken] });
  expect(await hub.identity.directory.get('user', 'owner')).toMatchObject({ isDisabled: false });
  expect(await hub.identity.directory.find('member', 'user/wei')).toEqual([]);

  // What somebody has changed or removed since stays so, whoever offers it again.
  await hub.identity.people.updateUser('eve', { isDisabled: true });
  await hub.fleet.offerDirectory({ ...offer, region: shanghai, revision: 10, records: [record], isLast: true });
  expect(await hub.identity.directory.get('user', 'eve')).toMatchObject({ isDisabled: true });
  await expect(hub.fleet.offerDirectory({ ...offer, region: shanghai, records: [] })).rejects.toMatchObject(refused);
  hub.identity.clock.pass(3_600_000);
  await expect(hub.fleet.offerDirectory({ ...offer, records: [] })).rejects.toMatchObject(refused);
});

const region = (id: RegionId): TestRegion => {
  const found = regions[id];
  if (found === undefined) throw new Error(`${id} was not opened`);
  return found;
};
const sharing = () => hub.identity.sharingFor({ type: 'anonymous' });
const signInOf = (user: string) =>
  ({ user, password, code: null, device: 'laptop', wants: 'refresh-token', address: '192.0.2.1' }) as const;
const copyBoth = async (): Promise<void> => {
  for (const { copy } of Object.values(regions)) await copy();
};

async function makePeople() {
  const { identity, fleet } = hub;
  await identity.addUser('wei');
  await identity.people.setGroup('staff', ['wei']);
  await identity.people.setQuota({ user: 'wei' }, 1_000);
  await sharing().setMember({ actor: 'owner', space: demo, subject: wei, role: 'editor' });
  await sharing().setMember({ actor: 'owner', space: demo, subject: { type: 'group', group: 'staff' }, role: 'reader' });
  await identity.directory.put([becomes('grant', { id: 'g1', space: demo, entryId: file, subject: wei, role: 'reader' })]);
  const at = { actor: 'owner', space: demo, entryId: file };
  await sharing().createLink({ ...at, mode: 'download', password: null, expiresMs: null, usesMax: null });
  await fleet.setPlacement(demo, shanghai, 'cache');
  return identity.accounts.createToken({ user: 'wei', name: 'script', scopes: null, spaces: null, expiresMs: null });
}

async function startHub(token = adminToken): Promise<TestHub> {
  const identity = await startTestIdentity(postgres);
  await identity.compose(token);
  const view = await openFleetView(identity.store);
  const noted: AuditEntry[] = [];
  const { services, close } = await openFleet({
    databaseUrl: identity.databaseUrl,
    hub: identity.hub,
    directory: identity.store,
    view,
    services: {} as HubServices,
    nowMs: identity.clock.now,
    directoryChanged: identity.directory.forgetRecent,
    askAboutDirectory: () => undefined,
    note: (entry) => noted.push(entry),
  });
  closers.push(identity.close, close);
  return { identity, fleet: services, noted };
}

async function enrolBoth(): Promise<void> {
  for (const id of [beijing, shanghai]) {
    const url = `http://${id}.example:7400`;
    const { token } = await hub.fleet.addRegion({ region: id, url });
    await hub.fleet.enrol({ token, region: id, publicKey: id.padEnd(43, '_'), url });
  }
}

async function loseDatabase(token = adminToken): Promise<void> {
  hub = await startHub(token);
  await enrolBoth();
}

function openRegion(id: RegionId): TestRegion {
  const store = openRegionStore({ file: join(folder, `${id}.db`), nowMs: Date.now });
  closers.push(() => store.close());
  const logger = pino({ level: 'silent' });
  let copies = 0;
  return {
    store,
    view: createDirectoryView(store.directory),
    copy: () => {
      copies += 1;
      const deps = { region: id, directory: store.directory, hub: hub.fleet, nowMs: () => copies - 1, logger, onCopied: () => undefined };
      return copyDirectory(deps, new AbortController().signal);
    },
  };
}
