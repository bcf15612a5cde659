import { getHeapStatistics } from 'node:v8';
import type { ConcurrencyBounds } from './concurrency-limit.ts';
import { hasRoom, inFlight, type Job, type Lane, newLane, refuseOld, releaseSlow, startJob } from './lane.ts';

/** Each has places of its own: a crowd in one does not starve the others. */
export const laneNames = ['reads', 'writes', 'uploads', 'regions'] as const;
export type LaneName = (typeof laneNames)[number];

export interface Admission {
  arrive(lane: LaneName, job: Job): void;
  state(lane: LaneName): LaneState;
  /** Refuses all who wait; whoever still comes is let in. */
  close(): void;
}
export interface LaneState {
  readonly inFlight: number;
  readonly waiting: number;
  readonly limit: number;
  /** Under way for so long that they take no place any more. */
  readonly slow: number;
}

export interface AdmissionLimits {
  /** Work that is begun in one turn of the event loop; what else has come waits for the next, so that the loop keeps turning. */
  readonly turnMs: number;
  /** How long a request waits for a place before it is refused. */
  readonly waitMsMax: number;
  /** The same in a crowd. A refusal that came at once would only be asked again at once. */
  readonly crowdWaitMsMax: number;
  /** Of each lane; the oldest is refused when there are more. */
  readonly waitingMax: number;
  /**
   * If more than so many wait, and somebody for so long, the newest are served first: not all can be, and those who have just come are soon
   * content. Otherwise everybody gets a turn in the order of coming, however long a turn takes.
   */
  readonly crowdMin: number;
  readonly crowdedAfterMs: number;
  /** A request that takes longer gives its place away: a long upload, or one that waits for somebody else. */
  readonly slowAfterMs: number;
  /** Of each lane: when so many are slow, the next ones keep their places. */
  readonly slowMax: number;
  /** When so much of the memory that the process may have is used, nothing more is begun. */
  readonly heapShareMax: number;
}
export const defaultAdmissionLimits: AdmissionLimits = {
  turnMs: 3,
  waitMsMax: 1_500,
  crowdWaitMsMax: 400,
  waitingMax: 2_000,
  crowdMin: 64,
  crowdedAfterMs: 30,
  slowAfterMs: 1_000,
  slowMax: 1_000,
  heapShareMax: 0.92,
};

const adaptive: ConcurrencyBounds = { min: 20, start: 64, max: 128 };
const bounds: Readonly<Record<LaneName, ConcurrencyBounds>> = {
  reads: adaptive,
  writes: adaptive,
  // How long an upload takes says nothing but its size.
  uploads: { min: 64, start: 64, max: 64 },
  regions: adaptive,
};
const sweepEveryMs = 20;
/** Of each lane in one sweep: to refuse costs little, but not nothing. */
const refusalsPerSweep = 50;
const crowdRefusalsPerSweep = 10;
/** Jobs that may be begun in one turn. Each is a callback of its own, so that what it does at once is done before the next begins. */
const stepsPerTurn = 64;

export interface AdmissionOptions {
  readonly limits?: Partial<AdmissionLimits>;
  /** Monotonic. */
  readonly nowMs: () => number;
}

interface Floor {
  readonly limits: AdmissionLimits;
  readonly nowMs: () => number;
  readonly lanes: Readonly<Record<LaneName, Lane>>;
  readonly all: readonly Lane[];
  turnStartMs: number;
  isTurnOpen: boolean;
  /** Callbacks that are set for the end of this turn. */
  stepsAhead: number;
  /** Turns that the lane served last has had. */
  lastServed: number;
  sweep: NodeJS.Timeout | null;
  isOutOfMemory: boolean;
  isClosed: boolean;
}

/**
 * Lets requests in as fast as they can be served, and no faster. Nothing waits while there is room. Beyond that a request waits a short while
 * in a bounded line and is refused when its time is up, so that those who are let in are served about as fast as ever.
 */
export function createAdmission({ limits, nowMs }: AdmissionOptions): Admission {
  const lanes = {
    reads: newLane(bounds.reads),
    writes: newLane(bounds.writes),
    uploads: newLane(bounds.uploads),
    regions: newLane(bounds.regions),
  };
  const floor: Floor = {
    limits: { ...defaultAdmissionLimits, ...limits },
    nowMs,
    lanes,
    all: Object.values(lanes),
    turnStartMs: 0,
    isTurnOpen: false,
    stepsAhead: 0,
    lastServed: 0,
    sweep: null,
    isOutOfMemory: false,
    isClosed: false,
  };
  return {
    arrive: (name, job) => arrive(floor, lanes[name], job),
    state: (name) => {
      const lane = lanes[name];
      return { inFlight: inFlight(lane), waiting: lane.waiting.length, limit: lane.limit.now, slow: lane.slow };
    },
    close: () => {
      floor.isClosed = true;
      for (const lane of floor.all) refuseOld(lane, { sinceMs: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY });
      if (floor.sweep !== null) clearInterval(floor.sweep);
    },
  };
}

function arrive(floor: Floor, lane: Lane, job: Job): void {
  const now = floor.nowMs();
  openTurn(floor, now);
  const isEmpty = lane.waiting.length === 0;
  startSweep(floor);
  if (floor.isOutOfMemory) return job.refuse();
  if (floor.isClosed || (isEmpty && hasRoom(lane) && isTurnLeft(floor, now))) {
    start(floor, lane, job);
    return;
  }
  // Whoever did not want turns has no claim to those that it did not have.
  if (isEmpty) lane.served = Math.max(lane.served, floor.lastServed);
  lane.waiting.push({ job, sinceMs: now });
  if (lane.waiting.length > floor.limits.waitingMax) lane.waiting.takeOldest()?.job.refuse();
  stepSoon(floor);
}

function start(floor: Floor, lane: Lane, job: Job): void {
  startJob(lane, job, {
    nowMs: floor.nowMs,
    left: () => {
      if (lane.waiting.length > 0) stepSoon(floor);
    },
  });
}

const isTurnLeft = ({ turnStartMs, limits }: Floor, now: number): boolean => now - turnStartMs < limits.turnMs;

function openTurn(floor: Floor, now: number): void {
  if (floor.isTurnOpen) return;
  floor.isTurnOpen = true;
  floor.turnStartMs = now;
  setImmediate(() => {
    floor.isTurnOpen = false;
  });
}

/** All of them run in one turn, after all that has come in it was read. */
function stepSoon(floor: Floor): void {
  if (floor.stepsAhead > 0) return;
  const steps = Math.min(
    stepsPerTurn,
    floor.all.reduce((sum, { waiting }) => sum + waiting.length, 0),
  );
  floor.stepsAhead = steps;
  for (let step = 0; step < steps; step++) setImmediate(takeStep, floor, step === 0);
}

function takeStep(floor: Floor, isFirst: boolean): void {
  floor.stepsAhead--;
  const now = floor.nowMs();
  if (isFirst) floor.turnStartMs = now;
  const lane = isTurnLeft(floor, now) ? nextLane(floor) : null;
  if (lane !== null) {
    const next = isCrowded(lane, floor.limits, now) ? lane.waiting.takeNewest() : lane.waiting.takeOldest();
    lane.served++;
    floor.lastServed = lane.served;
    if (next !== undefined) start(floor, lane, next.job);
  }
  if (floor.stepsAhead === 0 && nextLane(floor) !== null) stepSoon(floor);
}

function isCrowded({ waiting }: Lane, { crowdMin, crowdedAfterMs }: AdmissionLimits, now: number): boolean {
  const oldest = waiting.oldest();
  return oldest !== undefined && waiting.length > crowdMin && now - oldest.sinceMs > crowdedAfterMs;
}

function nextLane({ all }: Floor): Lane | null {
  let chosen: Lane | null = null;
  for (const lane of all) {
    if (lane.waiting.length > 0 && hasRoom(lane) && (chosen === null || lane.served < chosen.served)) chosen = lane;
  }
  return chosen;
}

/** Runs while anybody is here. */
function startSweep(floor: Floor): void {
  floor.sweep ??= setInterval(() => {
    const now = floor.nowMs();
    for (const lane of floor.all) {
      refuseOld(lane, { sinceMs: now - floor.limits.waitMsMax, max: refusalsPerSweep });
      if (isCrowded(lane, floor.limits, now)) {
        refuseOld(lane, { sinceMs: now - floor.limits.crowdWaitMsMax, max: crowdRefusalsPerSweep });
      }
      releaseSlow(lane, now - floor.limits.slowAfterMs, floor.limits.slowMax);
    }
    floor.isOutOfMemory = heapShare() > floor.limits.heapShareMax;
    if (floor.all.some(({ waiting }) => waiting.length > 0)) stepSoon(floor);
    if (floor.sweep === null || floor.isOutOfMemory || floor.all.some(({ waiting, working }) => waiting.length + working.size > 0)) return;
    clearInterval(floor.sweep);
    floor.sweep = null;
  }, sweepEveryMs).unref();
}

function heapShare(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used / limit;
}
