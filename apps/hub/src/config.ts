import { fileURLToPath } from 'node:url';
import { type Config, configHelp, gatewaySettings, InvalidConfig, readConfig } from '@jzse/gateway';
import { isSlug, type SpaceId, spaceId } from '@jzse/sync';
import { stringify } from 'yaml';
import { z } from 'zod';

const tokenCharactersMin = 16;
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const spaceList = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(',').map((part) => part.trim()))])
  .transform((ids) => ids.filter((id) => id !== ''))
  .pipe(
    z.array(
      z
        .string()
        .refine(isSlug, 'must be short slugs: lower-case letters, digits and inner hyphens')
        .transform((id) => spaceId(id)),
    ),
  );

const wholeNumber = z.union(
  [
    z.number(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ],
  { error: 'must be a number' },
);
const portNumber = wholeNumber.pipe(z.int().min(0).max(65_535));

/** The one table of what can be set, by its key in the file. */
const settings = {
  token: z.string().min(tokenCharactersMin).meta({ env: 'JZSE_TOKEN', about: 'API token of the first admin, "owner"; required' }),
  url: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://hub.example.com' })
    .transform((text) => text.replace(/\/+$/, ''))
    .nullable()
    .default(null)
    .meta({
      env: 'JZSE_URL',
      about: 'how regions and browsers reach this hub, for /install.sh (by default as whoever asks for it did) and OpenID',
    }),
  dist: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../../../dist/', import.meta.url)))
    .meta({ env: 'JZSE_DIST', about: 'folder of the edge packages that are handed out ("npm run package:edge")' }),
  oidcIssuer: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://id.example.com' })
    .nullable()
    .default(null)
    .meta({
      env: 'JZSE_OIDC_ISSUER',
      about: 'an OpenID provider whose people may sign in; with JZSE_URL, JZSE_OIDC_CLIENT_ID and _SECRET',
    }),
  oidcName: z
    .string()
    .min(1)
    .max(60)
    .nullable()
    .default(null)
    .meta({ env: 'JZSE_OIDC_NAME', about: 'what people call that provider; by default the host of JZSE_OIDC_ISSUER' }),
  oidcClientId: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({ env: 'JZSE_OIDC_CLIENT_ID', about: 'as what the provider knows this hub' }),
  oidcClientSecret: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({ env: 'JZSE_OIDC_CLIENT_SECRET', about: 'by what the provider knows that; its redirect URI is <JZSE_URL>/oidc/callback' }),
  host: z.string().min(1).default('127.0.0.1').meta({ env: 'JZSE_HOST', about: 'address to listen on' }),
  port: portNumber.default(7300).meta({ env: 'JZSE_PORT', about: 'port to listen on; 0: any free one' }),
  data: z.string().min(1).default('.jzse/hub').meta({ env: 'JZSE_DATA', about: 'folder of the embedded Postgres' }),
  databaseUrl: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL such as postgres://user:password@host:5432/name' })
    .nullable()
    .default(null)
    .meta({ env: 'JZSE_DATABASE_URL', about: 'a Postgres to use instead of the embedded one' }),
  spaces: spaceList.default([] as SpaceId[]).meta({ env: 'JZSE_SPACES', about: 'spaces to create at start, separated by commas' }),
  feedKeepDays: wholeNumber
    .pipe(z.int().min(0).max(36_500))
    .default(7)
    .meta({ env: 'JZSE_FEED_KEEP_DAYS', about: 'days after which what all regions have passed counts as safe without a backup' }),
  maintainEveryMs: wholeNumber
    .pipe(z.int().min(50).max(86_400_000))
    .default(60_000)
    .meta({ env: 'JZSE_MAINTAIN_EVERY_MS', about: 'milliseconds between rounds of forgetting and pruning' }),
  logLevel: z
    .enum(logLevels)
    .default('info')
    .meta({ env: 'JZSE_LOG_LEVEL', about: logLevels.join(', ') }),
  ...gatewaySettings,
};
export type HubConfig = Config<typeof settings>;

/** From the YAML file that `JZSE_CONFIG` names, if any, and the environment, which wins. Throws `InvalidConfig`. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): HubConfig {
  const config = readConfig(settings, environment);
  if (config.oidcIssuer === null) return config;
  const problems = [
    config.url === null ? 'JZSE_URL is needed with JZSE_OIDC_ISSUER: the provider sends browsers back to <JZSE_URL>/oidc/callback' : '',
    config.oidcClientId === null ? 'JZSE_OIDC_CLIENT_ID is needed with JZSE_OIDC_ISSUER' : '',
  ].filter((problem) => problem !== '');
  if (problems.length > 0) throw new InvalidConfig(problems);
  return config;
}

/** YAML that could be a configuration file, secrets masked. */
export function printConfig(config: HubConfig): string {
  const oidcClientSecret = config.oidcClientSecret === null ? null : mask;
  return stringify({
    ...config,
    token: mask,
    oidcClientSecret,
    databaseUrl: config.databaseUrl === null ? null : withoutPassword(config.databaseUrl),
  });
}

export const hubConfigHelp = (): string => configHelp(settings);

/** A supervisor holds our standard input open: when it ends, so do we. */
export const isWatchedByParent = (): boolean => process.env['JZSE_PARENT_WATCH'] === '1';

const mask = '***';

function withoutPassword(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = mask;
  for (const name of [...url.searchParams.keys()]) if (/pass/i.test(name)) url.searchParams.set(name, mask);
  return url.toString();
}
