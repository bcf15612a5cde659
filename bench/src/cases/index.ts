import type { BenchCase } from '../bench-context.ts';
import { callerCheck } from './caller-check.ts';
import { changedPart } from './changed-part.ts';
import { chunkCutting } from './chunk-cutting.ts';
import { deadRegion } from './dead-region.ts';
import { download } from './download.ts';
import { edgeCatchUp } from './edge-catch-up.ts';
import { edgeMemory } from './edge-memory.ts';
import { hubIntegration } from './hub-integration.ts';
import { largeFile } from './large-file.ts';
import { overloadCase } from './overload.ts';
import { smallFiles } from './small-files.ts';
import { tusUpload } from './tus-upload.ts';
import { visibleLatency } from './visible-latency.ts';

/** In the order of a whole run: quick ones first, and memory last, which looks back on all of them. */
export const cases: readonly BenchCase[] = [
  chunkCutting,
  callerCheck,
  hubIntegration,
  edgeCatchUp,
  visibleLatency,
  smallFiles,
  largeFile,
  changedPart,
  tusUpload,
  download,
  deadRegion,
  overloadCase,
  edgeMemory,
];
