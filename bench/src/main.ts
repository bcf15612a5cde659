import { fullSizes, makeBenchContext } from './bench-context.ts';
import { cases } from './cases/index.ts';

/** `npm run bench [-- case…]`: each case prints its lines as it ends. Exit code 1 when a case could not be run or a target is missed. */
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !cases.some((benchCase) => benchCase.name === name));
if (unknown.length > 0) {
  process.stderr.write(`no such case: ${unknown.join(', ')}. There are: ${cases.map((benchCase) => benchCase.name).join(', ')}\n`);
  process.exit(2);
}

const { context, close } = makeBenchContext(fullSizes, { withSyncthing: true });
process.once('SIGINT', () => void close().then(() => process.exit(130)));
try {
  for (const benchCase of cases.filter((each) => asked.length === 0 || asked.includes(each.name))) {
    try {
      for (const row of await benchCase.run(context)) {
        process.stdout.write(`${JSON.stringify(row)}\n`);
        if (row.ok === false) process.exitCode = 1;
      }
    } catch (error) {
      process.exitCode = 1;
      process.stdout.write(
        `${JSON.stringify({ case: benchCase.name, ok: false, error: error instanceof Error ? error.message : String(error) })}\n`,
      );
    }
  }
} finally {
  await close();
}
