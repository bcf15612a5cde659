import { expect, test } from 'vitest';
import { checkLinearizable, createHistoryRecorder, describeVerdict } from '../../sim/src/linearizability/index.ts';
import { runClient } from '../src/linearizable-client.ts';
import { seededRandom } from '../src/random-bytes.ts';
import { startThreeRegions } from '../src/three-regions.ts';
import { waitFor } from '../src/wait-for.ts';

const clients = 8;
const answersBeforeKill = 250;
const answersAfterKill = 250;
const paths = ['/one', '/two', '/three'];
const seed = 20_261_125;

test(`${clients} clients of one edge, killed once, see their files as if one call came after the other`, async () => {
  await using regions = await startThreeRegions({ regions: ['beijing'] });
  const edge = regions.edge('beijing');
  const recorder = createHistoryRecorder();
  const running = { isOver: false, answers: 0 };
  const work = Promise.all(
    Array.from({ length: clients }, (_, client) =>
      runClient({
        name: String.fromCharCode('a'.charCodeAt(0) + client),
        url: edge.url,
        token: regions.token,
        paths,
        random: seededRandom(seed + client),
        recorder,
        isOver: () => running.isOver,
        onAnswer: () => {
          running.answers++;
        },
      }),
    ),
  );
  const answered = (count: number) => waitFor({ what: `${count} answers`, pollMs: 2 }, () => running.answers >= count);
  await answered(answersBeforeKill);
  await edge.kill('SIGKILL');
  await edge.start();
  await answered(running.answers + answersAfterKill);
  running.isOver = true;
  await work;

  const operations = recorder.operations();
  const kinds = new Set(operations.map(({ call, answered: known }) => `${call.type} ${known?.answer.type}`));
  for (const kind of ['write done', 'write refused', 'move done', 'move refused', 'delete done', 'read value'])
    expect(kinds).toContain(kind);
  const verdict = checkLinearizable(operations);
  expect(verdict.type, describeVerdict(verdict)).toBe('linearizable');
});
