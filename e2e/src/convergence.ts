import type { EdgeCalls } from './edge-calls.ts';
import { waitFor } from './wait-for.ts';

/** Waits until every region shows the same tree, has nothing left to send, and holds every byte of it. Answers the tree, a line an entry. */
export async function waitForConvergence(edges: readonly EdgeCalls[], deadlineMs = 60_000): Promise<readonly string[]> {
  let last = '';
  try {
    return await waitFor({ what: 'all regions show the same tree and hold it', deadlineMs, pollMs: 200 }, async () => {
      const outboxes = await Promise.all(
        edges.map(async (edge) => (await edge.status()).spaces.reduce((sum, space) => sum + space.outbox, 0)),
      );
      const trees = await Promise.all(edges.map((edge) => treeLines(edge)));
      last = difference(trees, outboxes);
      return last === '' ? trees[0] : null;
    });
  } catch (error) {
    throw new Error(`regions did not converge: ${last}`, { cause: error });
  }
}

/** One line an entry: what it is, which version and content, how many siblings, and what is still missing here. */
async function treeLines(edge: EdgeCalls): Promise<readonly string[]> {
  const entries = await edge.tree();
  return entries.map((entry) =>
    [
      entry.path,
      entry.kind,
      entry.id,
      entry.version ?? '-',
      entry.hash ?? '-',
      `${entry.siblings} siblings`,
      entry.confirmed ? 'confirmed' : 'NOT CONFIRMED',
      entry.kind === 'folder' || entry.held ? 'held' : 'NOT HELD',
    ].join(' '),
  );
}

function difference(trees: readonly (readonly string[])[], outboxes: readonly number[]): string {
  if (outboxes.some((outbox) => outbox > 0)) return `outboxes are ${outboxes.join(', ')}`;
  const [first = [], ...others] = trees;
  const waiting = first.filter((line) => line.includes('NOT '));
  if (waiting.length > 0) return `${waiting.length} entries of the first region wait, such as ${waiting[0]}`;
  for (const [index, other] of others.entries()) {
    const lines = new Set(other);
    const lacking = first.filter((line) => !lines.has(line));
    const own = new Set(first);
    const extra = other.filter((line) => !own.has(line));
    if (lacking.length + extra.length > 0)
      return `region ${index + 2} of ${trees.length} lacks ${lacking.length} (${lacking[0] ?? ''}) and has ${extra.length} others (${extra[0] ?? ''})`;
  }
  return '';
}
