/** What a role allows: each includes those before it. `list` is to know that something of that name exists. */
export const actions = ['list', 'read', 'write', 'manage'] as const;
export type Action = (typeof actions)[number];

export const roles = ['reader', 'editor', 'manager'] as const;
export type Role = (typeof roles)[number];

/**
 * Who may call a procedure or a route. Every one has exactly one rule in a table (`edge/access-table.ts`, `hub/access-table.ts`, and the
 * `access` of a route's config); what has none is refused to everybody.
 */
export type AccessRule =
  | { readonly who: 'anyone' }
  | { readonly who: 'signed-in' }
  | { readonly who: 'admin' }
  /** A region by its key, for itself: an input that names a region must name the caller, and a space must be placed there. */
  | { readonly who: 'region' }
  | { readonly who: 'region-or-admin' }
  /** Somebody who may write in one space at least: for bytes that no space is named for yet. */
  | { readonly who: 'writer' }
  /** By role on the space of the input, or a grant on the folder above every path of the input. */
  | { readonly who: 'space'; readonly action: Action; readonly scope: 'paths' | 'whole' };
