/** Which rows are chosen. `active` is where the keyboard stands, `anchor` where a range began. */
export interface Selection {
  readonly active: string | null;
  readonly anchor: string | null;
  readonly selected: ReadonlySet<string>;
}

export const noSelection: Selection = { active: null, anchor: null, selected: new Set() };

export const selectOnly = (id: string): Selection => ({ active: id, anchor: id, selected: new Set([id]) });

export function toggleSelected(selection: Selection, id: string): Selection {
  const selected = new Set(selection.selected);
  if (!selected.delete(id)) selected.add(id);
  return { active: id, anchor: id, selected };
}

/** Everything from the anchor to `id`, in the order of `ids`. */
export function selectRange(selection: Selection, ids: readonly string[], id: string): Selection {
  const anchor = selection.anchor ?? id;
  const [from, to] = [Math.max(ids.indexOf(anchor), 0), ids.indexOf(id)];
  return { active: id, anchor, selected: new Set(ids.slice(Math.min(from, to), Math.max(from, to) + 1)) };
}

export const selectAll = (selection: Selection, ids: readonly string[]): Selection => ({ ...selection, selected: new Set(ids) });

/** `by` rows further, within the list; from nowhere the first step lands on the first row (or the last, upwards). */
export function stepSelection(
  selection: Selection,
  ids: readonly string[],
  step: { readonly by: number; readonly extend: boolean },
): Selection {
  if (ids.length === 0) return noSelection;
  const at = selection.active === null ? -1 : ids.indexOf(selection.active);
  const from = at === -1 ? (step.by > 0 ? -1 : ids.length) : at;
  const to = ids[Math.min(Math.max(from + step.by, 0), ids.length - 1)];
  if (to === undefined) return selection;
  return step.extend ? selectRange(selection, ids, to) : selectOnly(to);
}

/** Rows that are gone are no longer chosen. The same object when nothing changed. */
export function keepSelection(selection: Selection, ids: readonly string[]): Selection {
  const present = new Set(ids);
  const selected = new Set([...selection.selected].filter((id) => present.has(id)));
  const active = selection.active !== null && present.has(selection.active) ? selection.active : null;
  if (selected.size === selection.selected.size && active === selection.active) return selection;
  return { active, anchor: active, selected };
}
