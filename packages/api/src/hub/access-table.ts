import { type AccessTable, admin, anyone, region, regionOrAdmin, signedIn, wholeSpace } from '../access-table.ts';

/**
 * Who may call each procedure of the hub. The router asks here by the procedure's name, so none is open by mistake. A region passes for
 * the spaces that are placed there also where people need a role: it has asked for theirs.
 */
export const hubAccess = {
  listSpaces: signedIn,
  createSpace: admin,
  register: region,
  heartbeat: region,
  regions: signedIn,
  push: region,
  pull: region,
  snapshotHead: region,
  snapshotPage: region,
  transfers: region,
  locate: region,
  holders: region,
  resolvePath: region,
  wakeUps: region,
  rowDots: region,
  operationsUnder: region,
  raiseEpoch: region,
  report: region,
  verify: wholeSpace('read'),
  digestNode: region,
  policy: wholeSpace('read'),
  setPolicy: wholeSpace('manage'),
  mergeWork: region,
  mergeStates: region,
  raise: region,
  events: regionOrAdmin,
  treeAt: region,
  rebuild: admin,
  seed: region,
  noteBackup: admin,
  status: signedIn,
  'fleet.regions': admin,
  'fleet.addRegion': admin,
  // Whoever has the one-time token may.
  'fleet.enrol': anyone,
  'fleet.revokeRegion': admin,
  'fleet.approveUrl': admin,
  'fleet.placements': admin,
  'fleet.setPlacement': admin,
  'fleet.directory': region,
} satisfies AccessTable;
