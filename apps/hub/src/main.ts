import { openLog, runProcess } from '@jzse/gateway';
import packageJson from '../package.json' with { type: 'json' };
import { hubConfigHelp, isWatchedByParent, loadConfig, printConfig } from './config.ts';
import { startHub } from './start-hub.ts';

runProcess({
  args: process.argv.slice(2),
  usage: 'jzse hub: orders the changes of all regions',
  help: hubConfigHelp,
  loadConfig,
  printConfig,
  openLog: ({ logLevel, token, oidcClientSecret }) =>
    openLog({ level: logLevel, base: { service: 'hub' }, secrets: [token, oidcClientSecret ?? token] }),
  isWatchedByParent: isWatchedByParent(),
  start: (run) => startHub({ ...run, version: packageJson.version, nowMs: Date.now }),
});
