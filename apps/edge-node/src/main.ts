import { randomUUID } from 'node:crypto';
import { openLog, runProcess } from '@jzse/gateway';
import packageJson from '../package.json' with { type: 'json' };
import { edgeConfigHelp, isWatchedByParent, loadConfig, printConfig } from './config.ts';
import { startEdge } from './start-edge.ts';

runProcess({
  args: process.argv.slice(2),
  usage: 'jzse edge: serves the people of a region',
  help: edgeConfigHelp,
  loadConfig,
  printConfig,
  openLog: ({ logLevel, region, enrolToken }) => openLog({ level: logLevel, base: { region }, secrets: [enrolToken] }),
  isWatchedByParent: isWatchedByParent(),
  start: (run) => startEdge({ ...run, version: packageJson.version, nowMs: Date.now, newId: randomUUID }),
});
