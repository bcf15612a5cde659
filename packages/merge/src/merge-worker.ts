import { parentPort, workerData } from 'node:worker_threads';
import { mergeVersions } from './merge-versions.ts';
import type { MergeWord, MergeWork } from './run-merge.ts';
import { openInterpreter, runPlugin } from './run-plugin.ts';

/** One merge in a thread of its own, which is ended after it. */
const { request, pluginMsMax } = workerData as MergeWork;
const say = (word: MergeWord): void => parentPort?.postMessage(word);

if (request.how.strategy === 'plugin') {
  const { source } = request.how;
  const interpreter = await openInterpreter();
  say({ type: 'ready' });
  say({ type: 'done', outcome: runPlugin(interpreter, { ...request, source, msMax: pluginMsMax }) });
} else {
  const { how, base, versions } = request;
  say({ type: 'ready' });
  say({ type: 'done', outcome: mergeVersions(how.strategy, { base, versions: versions.map((version) => version.text) }) });
}
