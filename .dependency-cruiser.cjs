/** The laws of the house (docs/architecture.md, "Layers"). Each says why it stands. */
const law = (name, comment, ...[from, to]) => ({ name, severity: 'error', comment, from, to });
module.exports = {
  forbidden: [
    law(
      'no-cycle',
      'A cycle means that two files are one idea, or that one of them sits in the wrong layer.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    law(
      'sync-core-is-pure',
      'The core is replayed by seed; anything that touches the machine would make a run unrepeatable.',
      { path: '^packages/sync/src' },
      { dependencyTypes: ['core', 'npm'] },
    ),
    law(
      'sync-core-imports-nothing-of-ours',
      'Everything stands on the core; it stands on nothing.',
      { path: '^packages/sync/src' },
      { path: '^(packages/(?!sync/)|apps/)' },
    ),
    law(
      'contracts-know-no-database',
      'A client that imports the contract must not get a database with it.',
      { path: '^packages/api/src' },
      { path: '^(packages/(db|storage|gateway|client|ui)/|apps/)|better-sqlite3|node_modules/postgres/' },
    ),
    law(
      'storage-and-db-are-siblings',
      'The chunk store and the metadata store meet only in the edge, through ports.',
      { path: '^packages/storage/src' },
      { path: '^packages/db/' },
    ),
    law(
      'db-and-storage-are-siblings',
      'The same, from the other side.',
      { path: '^packages/db/src' },
      { path: '^packages/(storage|api|gateway|client|ui)/' },
    ),
    law(
      'only-db-speaks-sql',
      'SQL in one package: a region can move to Postgres without a hunt.',
      { pathNot: '^(packages/db/|apps/hub/src/postgres|node_modules)' },
      { path: 'better-sqlite3|node_modules/postgres/' },
    ),
    law(
      'no-reaching-into-a-package',
      'A package has one door; what is behind it may change.',
      { path: '^(packages|apps|bench|e2e)/([^/]+)/' },
      {
        path: '^packages/([^/]+)/src/(?!(index|region/index|hub/index|edge/index|node/index|testing/index)\\.tsx?$)',
        pathNot: '^packages/$2/',
      },
    ),
    law(
      'write-and-read-never-meet',
      'They meet in the database and the core, so each path is read on its own.',
      { path: '^apps/edge-node/src/write/' },
      { path: '^apps/edge-node/src/read/' },
    ),
    law(
      'read-and-write-never-meet',
      'The same, from the other side.',
      { path: '^apps/edge-node/src/read/' },
      { path: '^apps/edge-node/src/write/' },
    ),
    law(
      'pages-are-browsers',
      'What runs in a page cannot load a server.',
      { path: '^(packages/ui/src|apps/edge-node/web)' },
      { path: '^(packages/(db|storage|gateway)/|apps/[^/]+/src/)' },
    ),
    law(
      'packages-never-import-apps',
      'Imports go downward only. (Tests of the hub store take the Postgres that the hub brings.)',
      { path: '^packages/', pathNot: '^packages/db/test/test-postgres\\.ts$' },
      { path: '^apps/' },
    ),
    law('not-to-unresolvable', 'An import that cannot be found.', {}, { couldNotResolve: true }),
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    // The visitor of swc does not know `using` yet, which the process tests are full of; what they import, e2e/src does too.
    exclude: { path: '(/dist/|/node_modules/\\.cache|^e2e/tests/)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js'],
    },
  },
};
