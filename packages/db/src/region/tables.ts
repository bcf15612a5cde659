import type { ReplicaId } from '@jzse/sync';
import { prepareAncestry } from './ancestry.ts';
import { prepareAudit } from './audit.ts';
import { prepareChunkIndex } from './chunk-index.ts';
import { prepareChunkSpaces } from './chunk-spaces.ts';
import { prepareConfirmedChange } from './confirmed-change.ts';
import { prepareConfirmedPage } from './confirmed-page.ts';
import { prepareContents } from './contents.ts';
import { prepareCursors } from './cursor.ts';
import { prepareDirectory } from './directory.ts';
import { prepareDoors } from './doors.ts';
import { prepareFeedLog } from './feed-log.ts';
import { prepareFileCounts } from './file-counts.ts';
import { prepareFoundBelow } from './found-below.ts';
import type { GroupCommit } from './group-commit.ts';
import { prepareJournal } from './journal.ts';
import { prepareLeftSpaces } from './leave-space.ts';
import type { RegionDatabase } from './open-database.ts';
import { prepareOutbox } from './outbox.ts';
import { prepareReads } from './reads.ts';
import { prepareLinkUses, prepareRegionalSessions } from './regional-sessions.ts';
import { prepareTreeRemover } from './remove-tree.ts';
import { prepareReplica } from './replica.ts';
import { prepareSeenReplicas } from './seen-replicas.ts';
import type { TouchedFolders } from './shown-folders.ts';
import { prepareShownTree } from './shown-tree.ts';
import { prepareShownWrites } from './shown-writes.ts';
import { prepareSpaceFacts } from './space-facts.ts';
import { prepareSpaceTrees } from './space-tree.ts';
import { prepareTouchedFiles } from './touched-files.ts';
import { prepareTreeSums } from './tree-sums.ts';
import { prepareUploads } from './uploads.ts';
import { prepareUsedBytes } from './used-bytes.ts';
import { prepareVersionRows } from './version-rows.ts';
import { prepareVersionsByDot } from './versions-by-dot.ts';
import { prepareWanted } from './wanted.ts';

/** What the tables have in common. */
export interface TableDeps {
  readonly group: GroupCommit;
  readonly touched: TouchedFolders;
  readonly nowMs: () => number;
  readonly isClosing: () => boolean;
}

/** All of a region's tables, prepared once. */
export type Tables = ReturnType<typeof prepareTables>;

export function prepareTables(database: RegionDatabase, deps: TableDeps) {
  const trees = prepareSpaceTrees(database);
  const shownTree = prepareShownTree(database, trees);
  const replicas = prepareReplica(database);
  const sums = prepareTreeSums(database);
  const touchedFiles = prepareTouchedFiles(database);
  const fileCounts = prepareFileCounts(database);
  const journal = prepareJournal(database, touchedFiles);
  const outbox = prepareOutbox(database);
  const cursors = prepareCursors(database);
  const remover = prepareTreeRemover({ database, versions: prepareVersionRows(database), ...deps });
  return {
    ...deps,
    database,
    trees,
    shownTree,
    replicas,
    replica: (): ReplicaId | null => replicas.read(),
    fileCounts,
    writes: prepareShownWrites(database, { touched: deps.touched, fileCounts }),
    outbox,
    cursors,
    log: prepareFeedLog(database),
    seen: prepareSeenReplicas(database),
    sums,
    openChange: prepareConfirmedChange(database, { sums, fileCounts }),
    remover,
    leftSpaces: prepareLeftSpaces({ ...deps, database, outbox, cursors, remover }),
    confirmedPage: prepareConfirmedPage(database, trees),
    journal,
    doors: prepareDoors(database, { journal, touchedFiles, trees, fileCounts, nowMs: deps.nowMs }),
    facts: prepareSpaceFacts(database),
    found: prepareFoundBelow(database, trees, shownTree),
    versions: prepareVersionsByDot(database, trees),
    contents: prepareContents(database),
    chunks: prepareChunkIndex(database, deps),
    chunkSpaces: prepareChunkSpaces(database),
    uploads: prepareUploads(database),
    wanted: prepareWanted(database),
    reads: prepareReads(database, trees, shownTree),
    ancestry: prepareAncestry(shownTree),
    directory: prepareDirectory(database, deps.group),
    sessions: prepareRegionalSessions(database, deps.group),
    usedBytes: prepareUsedBytes(database),
    linkUses: prepareLinkUses(database, deps.group),
    audit: prepareAudit(database, deps.group),
  };
}
