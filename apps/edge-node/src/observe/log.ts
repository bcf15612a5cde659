import type { Logger } from 'pino';
import { pino } from 'pino';

/** JSON lines on standard output. What could carry a secret is cut out wherever a field of that name stands. */
export const openLog = (options: { readonly level: string; readonly region: string }): Logger =>
  pino({
    level: options.level,
    base: { region: options.region },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: ['token', '*.token', 'authorization', '*.authorization', 'headers.cookie', '*.headers.cookie'], censor: '***' },
  });
