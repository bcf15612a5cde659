/** Paths are `/a/b`; `/` is the top of a space. */
export const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '');
export const parentOf = (path: string): string => `/${namesOf(path).slice(0, -1).join('/')}`;
export const nameOf = (path: string): string => namesOf(path).at(-1) ?? '';
export const childOf = (folder: string, name: string): string => (folder === '/' ? `/${name}` : `${folder}/${name}`);
/** `/a/b` → `/a/b/`, as uploads name their folder. */
export const asFolder = (path: string): string => (path.endsWith('/') ? path : `${path}/`);

const encodePath = (path: string): string => namesOf(path).map(encodeURIComponent).join('/');

/** Address of a folder's page. */
export const folderHref = (space: string, path: string): string => `/s/${encodeURIComponent(space)}/${encodePath(path)}`;

/** Address of a file's bytes; with `version` of that one. `download` makes the browser save it instead of showing it. */
export function fileHref(space: string, path: string, options: { readonly version?: string; readonly download?: boolean } = {}): string {
  const query = [options.version === undefined ? '' : `version=${encodeURIComponent(options.version)}`, options.download ? 'download' : '']
    .filter(Boolean)
    .join('&');
  return `/files/${encodeURIComponent(space)}/${encodePath(path)}${query === '' ? '' : `?${query}`}`;
}
