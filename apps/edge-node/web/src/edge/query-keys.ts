/** Names of what is asked, in one place, so that a change knows what it makes stale. */
export const queryKeys = {
  status: ['status'],
  provider: ['provider'],
  spaces: ['spaces'],
  space: (space: string) => ['space', space],
  listings: (space: string) => ['space', space, 'list'],
  listing: (space: string, path: string) => ['space', space, 'list', path],
  files: (space: string) => ['space', space, 'file'],
  stat: (space: string, path: string) => ['space', space, 'file', path, 'stat'],
  history: (space: string, path: string) => ['space', space, 'file', path, 'history'],
  placements: (space: string, path: string) => ['space', space, 'file', path, 'placements'],
} as const;
