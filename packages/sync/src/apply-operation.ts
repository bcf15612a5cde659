import { applyCreate } from './apply-create.ts';
import { applyDelete } from './apply-delete.ts';
import { applyForget } from './apply-forget.ts';
import { applyMove } from './apply-move.ts';
import { applyRestore, applyWrite } from './apply-write.ts';
import { draftToEffects, openDraft, resolveAlias } from './draft.ts';
import type { Effect, Entry } from './entry.ts';
import { rootId } from './identifiers.ts';
import type { Operation } from './operation.ts';
import type { ApplyPlace, TreeReader } from './tree.ts';

/** The top of every space; it exists from the start and never changes. */
export const rootEntry: Entry = {
  id: rootId,
  kind: 'folder',
  parentId: null,
  name: '',
  location: null,
  created: null,
  heads: [],
  trash: [],
  sameDots: [],
  deleted: null,
  recovered: false,
};

/**
 * Decides what an operation changes in a tree. The hub applies every operation with this, once, in the order of its log;
 * a region applies its outstanding ones with it on top of what the hub has confirmed. Deterministic: nothing but the arguments counts.
 * The tree itself is left as it is: `TreeOverlay.apply` or a store takes the effects over.
 */
export function applyOperation(tree: TreeReader, operation: Operation, place: ApplyPlace): Effect[] {
  const draft = openDraft(tree, operation, place);
  const id = resolveAlias(tree, operation.entryId);
  switch (operation.type) {
    case 'create':
      applyCreate(draft, operation);
      break;
    case 'write':
    case 'resolve':
      applyWrite(draft, operation, id);
      break;
    case 'move':
      applyMove(draft, operation, id);
      break;
    case 'delete':
      applyDelete(draft, operation, id);
      break;
    case 'restore':
      applyRestore(draft, operation, id);
      break;
    case 'forget':
      applyForget(draft, operation);
      break;
  }
  return draftToEffects(draft);
}
