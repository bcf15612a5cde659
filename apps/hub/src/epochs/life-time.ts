import { replicaLifeMax } from '@jzse/sync';
import { epochAt } from './epoch-time.ts';

/** The least life of a replica that a hub issues at a time, in seconds since 2026: above all that were ever issued, whatever the hub has lost. */
export const lifeAt = (nowMs: number): number => Math.min(replicaLifeMax, Math.max(1, epochAt(nowMs)));
