import { describe, expect, test } from 'vitest';
import { keepSelection, noSelection, selectAll, selectOnly, selectRange, stepSelection, toggleSelected } from '../src/files/selection.ts';

const ids = ['a', 'b', 'c', 'd'];
const chosen = (selection: { readonly selected: ReadonlySet<string> }) => [...selection.selected].sort();

describe('selection', () => {
  test('the first step lands on the first row, upwards on the last', () => {
    expect(stepSelection(noSelection, ids, { by: 1, extend: false }).active).toBe('a');
    expect(stepSelection(noSelection, ids, { by: -1, extend: false }).active).toBe('d');
  });

  test('steps stay within the list', () => {
    expect(stepSelection(selectOnly('c'), ids, { by: 10, extend: false }).active).toBe('d');
    expect(stepSelection(selectOnly('b'), ids, { by: -10, extend: false }).active).toBe('a');
    expect(stepSelection(selectOnly('a'), [], { by: 1, extend: false })).toBe(noSelection);
  });

  test('a range grows and shrinks around the row where it began', () => {
    const down = stepSelection(stepSelection(selectOnly('b'), ids, { by: 1, extend: true }), ids, { by: 1, extend: true });
    expect(chosen(down)).toEqual(['b', 'c', 'd']);
    const up = selectRange(down, ids, 'a');
    expect(chosen(up)).toEqual(['a', 'b']);
    expect(up.anchor).toBe('b');
  });

  test('a toggle changes one row and leaves the others', () => {
    const two = toggleSelected(selectOnly('a'), 'c');
    expect(chosen(two)).toEqual(['a', 'c']);
    expect(chosen(toggleSelected(two, 'a'))).toEqual(['c']);
  });

  test('rows that are gone are no longer chosen, and nothing changes when none is', () => {
    const all = selectAll(selectOnly('d'), ids);
    expect(keepSelection(all, ids)).toBe(all);
    expect(chosen(keepSelection(all, ['a', 'b']))).toEqual(['a', 'b']);
    expect(keepSelection(all, ['a', 'b']).active).toBeNull();
  });
});
