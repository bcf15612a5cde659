import { type AccessTable, admin, region, regionOrAdmin, signedIn, wholeSpace } from '../access-table.ts';

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
} satisfies AccessTable;
