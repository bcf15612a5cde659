const jzseBeganMs = Date.UTC(2026, 0, 1);

/** SY10: a hub that lost its database starts logs of a later epoch by itself, so that regions offer again what they hold. */
export const epochAt = (nowMs: number): number => Math.max(0, Math.floor((nowMs - jzseBeganMs) / 1000));

/** When an epoch that `epochAt` gave began; later for one of several within a second. */
export const epochBeganMs = (epoch: number): number => jzseBeganMs + epoch * 1000;
