import type { TreeReader } from '@jzse/sync';

/** Asks the tree below once for each thing; for many decisions on one state that does not change meanwhile. */
export function rememberingTree(tree: TreeReader): TreeReader {
  return {
    entry: remember((id) => tree.entry(id)),
    aliasOf: remember((id) => tree.aliasOf(id)),
    liveChildren: remember((id) => tree.liveChildren(id)),
    hasChild: remember((id) => tree.hasChild(id)),
    aliasesTo: remember((id) => tree.aliasesTo(id)),
    liveChild: remember2((parentId, key) => tree.liveChild(parentId, key)),
  };
}

function remember<Key, Value>(ask: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, { readonly value: Value }>();
  return (key) => {
    const remembered = known.get(key) ?? { value: ask(key) };
    known.set(key, remembered);
    return remembered.value;
  };
}

function remember2<First, Second, Value>(ask: (first: First, second: Second) => Value): (first: First, second: Second) => Value {
  const under = remember((first: First) => remember((second: Second) => ask(first, second)));
  return (first, second) => under(first)(second);
}
