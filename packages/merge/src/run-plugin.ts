import variant from '@jitl/quickjs-ng-wasmfile-release-sync';
import {
  DefaultIntrinsics,
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
  Scope,
  shouldInterruptAfterDeadline,
} from 'quickjs-emscripten-core';
import { textBytesMax } from './decode-text.ts';
import type { MergeFailure, MergeResult } from './merge-result.ts';
import { conflict, merged } from './merge-result.ts';
import type { VersionText } from './run-merge.ts';

export interface PluginRun {
  /** An ES module with a default export `merge({ path, base, versions: [{ text, region, user }] })` that answers `{ text }` or `{ conflict: reason }`. */
  readonly source: string;
  readonly path: string;
  readonly base: string | null;
  readonly versions: readonly VersionText[];
  readonly msMax: number;
}

const memoryBytesMax = 64 * 1024 * 1024;
const memoryPageBytes = 64 * 1024;
/** What the interpreter's build starts with. */
const memoryPagesMin = 256;
const stackBytesMax = 256 * 1024;
const reasonCharactersMax = 500;

/**
 * The interpreter in its WebAssembly sandbox, for one run: it has no I/O at all. What limits its memory is that of the sandbox: the
 * interpreter's own limit does not count the size of what it allocates in this build.
 */
export function openInterpreter(): Promise<QuickJSWASMModule> {
  const wasmMemory = new WebAssembly.Memory({ initial: memoryPagesMin, maximum: memoryBytesMax / memoryPageBytes });
  return newQuickJSWASMModuleFromVariant(newVariant<SyncVariant>(variant as unknown as SyncVariant, { wasmMemory }));
}
/** Its types say CommonJS; what Node imports is the ES module, whose default is the variant itself. */
type SyncVariant = Extract<Parameters<typeof newQuickJSWASMModuleFromVariant>[0], { readonly type: 'sync' }>;

/** Runs a plug-in once, in a world of its own without clock and chance: the same input gives the same result in every region. */
export function runPlugin(interpreter: QuickJSWASMModule, run: PluginRun): MergeResult | MergeFailure {
  return Scope.withScope((scope) => {
    const runtime = scope.manage(interpreter.newRuntime());
    runtime.setMaxStackSize(stackBytesMax);
    const context = scope.manage(runtime.newContext({ intrinsics: { ...DefaultIntrinsics, Date: false, Eval: true } }));
    const deadlineMs = Date.now() + run.msMax;
    runtime.setInterruptHandler(shouldInterruptAfterDeadline(deadlineMs));
    try {
      return callMerge(context, scope, run);
    } catch (cause) {
      const isKnown = cause instanceof PluginError && Date.now() < deadlineMs;
      return isKnown ? cause.failure : failureOf(cause, run, deadlineMs);
    }
  });
}

/** Ends the run with what is to be told. */
class PluginError extends Error {
  readonly failure: MergeFailure;
  constructor(why: MergeFailure['why'], reason: string) {
    super(reason);
    this.failure = { type: 'failed', why, reason };
  }
}

function callMerge(context: QuickJSContext, scope: Scope, run: PluginRun): MergeResult {
  const own = (handle: QuickJSHandle): QuickJSHandle => scope.manage(handle);
  const call = (called: QuickJSHandle, argument: QuickJSHandle): QuickJSHandle =>
    own(context.unwrapResult(context.callFunction(called, context.undefined, argument)));
  const isSound = own(context.unwrapResult(context.evalCode(beforePlugin, 'start.js')));
  const module = own(context.unwrapResult(context.evalCode(run.source, 'plugin.js', { type: 'module' })));
  const merge = own(context.getProp(module, 'default'));
  if (context.typeof(merge) !== 'function') throw new PluginError('module', 'the plug-in has no function as its default export');
  const answer = call(merge, own(inputOf(context, scope, run)));
  const stringAt = (key: string): string | null => {
    const value = own(context.getProp(answer, key));
    if (context.typeof(value) === 'undefined') return null;
    if (context.typeof(value) !== 'string') throw new PluginError('output', `the plug-in answered with a "${key}" that is no string`);
    if (context.dump(call(isSound, value)) !== true)
      throw new PluginError('output', `the plug-in answered with a "${key}" that is not valid Unicode`);
    return context.getString(value);
  };
  if (context.dump(call(isSound, answer)) !== true) throw nothingAnswered();
  const reason = stringAt('conflict');
  if (reason !== null) return conflict(clipped(reason) || 'the plug-in says that they collide');
  const text = stringAt('text');
  if (text === null) throw context.typeof(own(context.getProp(answer, 'then'))) === 'function' ? promised() : nothingAnswered();
  if (Buffer.byteLength(text) > textBytesMax) throw new PluginError('output', 'the plug-in answered with a text that is too long');
  return merged(text);
}

const nothingAnswered = (): PluginError => new PluginError('output', 'the plug-in answered neither { text } nor { conflict }');

const promised = (): PluginError =>
  new PluginError(
    'output',
    'the plug-in answered with a promise: it must answer { text } or { conflict } at once, so no async and no await',
  );

/** Takes away what may differ from run to run; answers a function that the plug-in cannot change: whether a value is an object, or a string without half characters. */
const beforePlugin = `
  delete Math.random;
  for (const name of ['performance', 'WeakRef', 'FinalizationRegistry']) delete globalThis[name];
  const isWellFormed = Function.prototype.call.bind(String.prototype.isWellFormed);
  (value) => typeof value === 'string' ? isWellFormed(value) : typeof value === 'object' && value !== null`;

function inputOf(context: QuickJSContext, scope: Scope, { path, base, versions }: PluginRun): QuickJSHandle {
  const textOf = (text: string): QuickJSHandle => scope.manage(context.newString(text));
  const input = context.newObject();
  context.setProp(input, 'path', textOf(path));
  context.setProp(input, 'base', base === null ? context.null : textOf(base));
  const list = scope.manage(context.newArray());
  for (const [at, { text, region, user }] of versions.entries()) {
    const version = scope.manage(context.newObject());
    context.setProp(version, 'text', textOf(text));
    context.setProp(version, 'region', textOf(region));
    context.setProp(version, 'user', textOf(user));
    context.setProp(list, at, version);
  }
  context.setProp(input, 'versions', list);
  return input;
}

function failureOf(cause: unknown, run: PluginRun, deadlineMs: number): MergeFailure {
  const said = clipped(cause instanceof Error ? cause.message : String(cause));
  if (/interrupted/.test(said) || Date.now() >= deadlineMs)
    return { type: 'failed', why: 'time', reason: `the plug-in took longer than ${run.msMax / 1000} seconds` };
  if (/out of memory|memory access out of bounds|unreachable/.test(said))
    return { type: 'failed', why: 'memory', reason: `the plug-in needs more than ${memoryBytesMax / 1024 / 1024} MiB` };
  const reason = saysNothing.has(said.trim()) ? 'the plug-in failed, and what it threw does not say why' : `the plug-in failed: ${said}`;
  return { type: 'failed', why: 'threw', reason };
}

const saysNothing = new Set(['', 'null', 'undefined', '[object Object]']);

const clipped = (text: string): string => text.toWellFormed().slice(0, reasonCharactersMax);
