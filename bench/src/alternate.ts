import { execFileSync } from 'node:child_process';

/** Measures both in turns, each first as often as the other, with nothing left to write back from the turn before. */
export async function alternate(
  rounds: number,
  ours: (round: number) => Promise<number>,
  theirs: (round: number) => Promise<number>,
): Promise<{ readonly ours: readonly number[]; readonly theirs: readonly number[] }> {
  const results = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const turns = [async () => results.ours.push(await ours(round)), async () => results.theirs.push(await theirs(round))];
    if (round % 2 === 1) turns.reverse();
    for (const turn of turns) {
      execFileSync('sync');
      await turn();
    }
  }
  return results;
}
