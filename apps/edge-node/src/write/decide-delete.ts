import { JzseError } from '@jzse/api';
import { mergedInto, observedBelow } from '@jzse/sync';
import type { WriteCondition } from './decide-write.ts';
import { checkCondition } from './decide-write.ts';
import type { Decide } from './planned-operation.ts';
import { entryAt } from './walk-path.ts';

/** Deletes a file, or a folder with what is seen below it now (SY4). Throws `unknown-path`, `precondition-failed`, `invalid-input` for the top. */
export const decideDelete =
  (wish: { readonly names: readonly string[]; readonly condition: WriteCondition }): Decide =>
  (view) => {
    if (wish.names.length === 0) throw new JzseError('invalid-input', 'the top of a space cannot be deleted');
    const { entry, names } = entryAt(view, wish.names);
    checkCondition(wish.condition, entry, names);
    const { tree, isConfirmedAlias } = view;
    const below = observedBelow(tree, entry.id);
    const mergedBelow = below.slice(1).flatMap((seen) => mergedInto(tree, seen.id, isConfirmedAlias));
    return {
      operations: [
        {
          type: 'delete',
          entryId: entry.id,
          base: entry.heads.map((head) => head.dot),
          alsoIds: mergedInto(tree, entry.id, isConfirmedAlias),
          observed: [...below, ...mergedBelow.map((id) => ({ id, heads: [] }))],
        },
      ],
      entryId: entry.id,
      names,
      created: false,
      version: null,
    };
  };
