import { type Config, configHelp, gatewaySettings, readConfig } from '@jzse/gateway';
import { isSlug, regionId } from '@jzse/sync';
import { stringify } from 'yaml';
import { z } from 'zod';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL such as http://10.0.0.7:7400' })
  .transform((text) => text.replace(/\/+$/, ''));

const settings = {
  region: z
    .string()
    .refine(isSlug, 'must be a short slug such as beijing')
    .transform((id) => regionId(id))
    .meta({ env: 'JZSE_REGION', about: 'the region that this edge serves; required' }),
  enrolToken: z.string().nullable().default(null).meta({
    env: 'JZSE_ENROL_TOKEN',
    about: 'one-time token of "jzse admin regions add"; needed until the hub knows the key of this region',
  }),
  host: z.string().min(1).default('127.0.0.1').meta({ env: 'JZSE_HOST', about: 'address to listen on' }),
  port: z.coerce.number().int().min(1).max(65_535).default(7400).meta({ env: 'JZSE_PORT', about: 'port to listen on' }),
  url: webUrl.nullable().default(null).meta({ env: 'JZSE_URL', about: 'how other regions reach this edge; by default http://host:port' }),
  hubUrl: webUrl.default('http://127.0.0.1:7300').meta({ env: 'JZSE_HUB_URL', about: 'the hub' }),
  data: z.string().min(1).default('.jzse/edge').meta({ env: 'JZSE_DATA', about: 'folder of metadata and chunks' }),
  maintainEveryMs: z.coerce
    .number()
    .int()
    .min(50)
    .max(86_400_000)
    .default(300_000)
    .meta({ env: 'JZSE_MAINTAIN_EVERY_MS', about: 'milliseconds between rounds of dropping what every hub keeps of the log' }),
  cutOffHours: z.coerce
    .number()
    .min(0.01)
    .max(24 * 365)
    .default(72)
    .meta({ env: 'JZSE_CUT_OFF_HOURS', about: 'hours without word from the hub after which sign-ins from before count no more' }),
  logLevel: z
    .enum(logLevels)
    .default('info')
    .meta({ env: 'JZSE_LOG_LEVEL', about: logLevels.join(', ') }),
  ...gatewaySettings,
};

export type EdgeConfig = Config<typeof settings>;

/** Throws `InvalidConfig`, which names every key that is wrong. */
export const loadConfig = (environment: Readonly<Record<string, string | undefined>> = process.env): EdgeConfig =>
  readConfig(settings, environment);

const mask = '***';

/** YAML that could be a configuration file, secrets masked. */
export const printConfig = (config: EdgeConfig): string => stringify({ ...config, enrolToken: config.enrolToken === null ? null : mask });

export const edgeConfigHelp = (): string => configHelp(settings);

/** A supervisor holds our standard input open: when it ends, so do we. */
export const isWatchedByParent = (): boolean => process.env['JZSE_PARENT_WATCH'] === '1';
