import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Dot, Operation } from '../src/index.ts';
import { dotKey, rootId } from '../src/index.ts';
import { runHistory } from './history.ts';
import type { MemoryTree } from './memory-tree.ts';

interface ModelNode {
  readonly id: string;
  readonly kind: string;
  readonly parent: string | null;
  readonly name: string;
  readonly del: unknown;
  readonly heads: readonly { readonly d: { readonly a: string; readonly s: number } }[];
}
interface Model {
  readonly Tree: new () => { readonly n: Map<string, ModelNode>; readonly alias: Map<string, string> };
  applyOp(tree: unknown, operation: unknown, place: unknown, time: number, forks: unknown): void;
}

/** Takes the hub's log of a history through the model and compares: which entries live, under what parent, with which heads, and which were merged. Names differ in conflict wording, so only their being equal to what was asked for is compared. */
export async function compareWithModel(seed: number, modelPath: string): Promise<void> {
  const model = (await import(pathToFileURL(resolve(modelPath)).href)) as Model;
  const { hub } = runHistory(seed);
  if (hub.floor > 0) return;
  const tree = new model.Tree();
  for (const row of hub.feed) {
    const { epoch, sequence } = row.position;
    model.applyOp(tree, toModel(row.operation), { e: epoch, s: sequence }, toModelTime(row.operation), hub.forks);
  }
  const theirs = describeModel(tree);
  const ours = describeTree(hub.tree);
  if (theirs !== ours) throw new Error(`history ${seed}: another tree than the model's\nours:\n${ours}\nmodel:\n${theirs}`);
}

const toModelTime = (operation: Operation): number => operation.stamp.wallMs * 1000 + operation.stamp.logical;
const toModelDot = (dot: Dot): unknown => ({ a: dot.replica, s: dot.counter });

function toModel(operation: Operation): unknown {
  const seen = { e: operation.context.position.epoch, s: operation.context.position.sequence };
  const type = operation.type === 'resolve' ? 'write' : operation.type;
  return {
    t: type,
    id: operation.entryId,
    d: toModelDot(operation.dot),
    seen,
    ...('parentId' in operation ? { parent: operation.parentId, name: operation.name } : {}),
    ...('kind' in operation ? { kind: operation.kind === 'folder' ? 'dir' : 'file' } : {}),
    ...('base' in operation ? { base: operation.base.map(toModelDot), also: operation.alsoIds } : {}),
    ...('observed' in operation
      ? { man: operation.observed.map((entry) => [entry.id, entry.heads.map((dot) => `${dot.replica}:${dot.counter}`)]) }
      : {}),
    ...('content' in operation && operation.content !== null ? { content: operation.content.hash } : {}),
    ...('name' in operation ? { hint: operation.name } : {}),
  };
}

const line = (parts: readonly (string | null)[]): string => parts.join(' ');

function describeModel(tree: InstanceType<Model['Tree']>): string {
  const isStandIn = (id: string | null): string | null => (id === 'recov' ? 'recovered' : id);
  const lines = [...tree.n.values()]
    .filter((node) => node.del === null && node.id !== 'root')
    .map((node) =>
      line([
        isStandIn(node.id),
        isStandIn(node.parent),
        node.kind === 'dir' ? 'folder' : 'file',
        node.heads
          .map((head) => `${head.d.a}/${head.d.s}`)
          .sort()
          .join(','),
      ]),
    );
  return [...lines, ...[...tree.alias].map(([from, to]) => line([from, '->', to]))].sort().join('\n');
}

function describeTree(tree: MemoryTree): string {
  const lines = [...tree.entries.values()]
    .filter((entry) => entry.deleted === null && entry.id !== rootId)
    .map((entry) =>
      line([
        entry.id,
        entry.parentId,
        entry.kind,
        entry.heads
          .map((head) => dotKey(head.dot))
          .sort()
          .join(','),
      ]),
    );
  return [...lines, ...[...tree.aliases].map(([from, to]) => line([from, '->', to]))].sort().join('\n');
}
