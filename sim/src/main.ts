import { parseArgs } from 'node:util';
import { runCoreCli } from './core/index.ts';
import { runSimulationCli } from './run-simulation-cli.ts';

const { values } = parseArgs({
  options: {
    core: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '1000' },
    first: { type: 'string', default: '1' },
    workers: { type: 'string' },
    mutation: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const options = {
  seeds: Number(values.seeds),
  first: Number(values.first),
  ...(values.workers === undefined ? {} : { workers: Number(values.workers) }),
  ...(values.mutation === undefined ? {} : { mutation: values.mutation }),
};

process.exitCode = values.core ? await runCoreCli(options) : await runSimulationCli({ ...options, isTraced: values.trace });
