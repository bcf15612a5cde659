import { z } from 'zod';
import { defaultRates, type Rates } from './limit-rates.ts';
import type { RateLimit } from './rate-limiter.ts';
import { readTls, type TlsConfig, type TlsPair } from './tls-files.ts';
import { createProxyCheck } from './trusted-proxies.ts';
import type { ClientLimits } from './watch-clients.ts';
import { defaultClientLimits } from './watch-clients.ts';

const rateForm = /^([1-9]\d{0,8})\/([1-9]\d{0,4})s$/;

const textOf = (limit: RateLimit | null): string => (limit === null ? 'off' : `${limit.points}/${limit.windowS}s`);

/** `600/60s`, or `off`. */
const rate = (limit: RateLimit | null, env: string, about: string) =>
  z
    .string()
    .refine((text) => text === 'off' || rateForm.test(text), 'must be requests and seconds such as 600/60s, or off')
    .default(textOf(limit))
    .meta({ env, about: `requests ${about}; by default ${textOf(limit)}` });

const list = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(','))])
  .transform((items) => items.map((item) => item.trim()).filter((item) => item !== ''));

const file = (env: string, about: string) => z.string().min(1).nullable().default(null).meta({ env, about });

/** What both servers can be told about their front door. */
export const gatewaySettings = {
  tls: z.enum(['files', 'fleet']).default('files').meta({
    env: 'JZSE_TLS',
    about: 'fleet: serve over TLS by an authority that the hub keeps for its regions; files: by the next two, if set',
  }),
  tlsCert: file('JZSE_TLS_CERT', 'PEM file of the certificate, with its chain, to serve over TLS; read again when it changes'),
  tlsKey: file('JZSE_TLS_KEY', 'PEM file of its private key'),
  ca: file('JZSE_CA', 'PEM file of an authority whose certificates count for calls to other servers, beside the usual ones'),
  ratePerAddress: rate(defaultRates.address, 'JZSE_RATE_PER_ADDRESS', 'from one address'),
  rateAnonymous: rate(defaultRates.anonymous, 'JZSE_RATE_ANONYMOUS', 'from one address without signing in'),
  ratePerUser: rate(defaultRates.user, 'JZSE_RATE_PER_USER', 'of one person'),
  ratePerToken: rate(defaultRates.token, 'JZSE_RATE_PER_TOKEN', 'with one session or API token'),
  ratePerLink: rate(defaultRates.link, 'JZSE_RATE_PER_LINK', 'with one share link'),
  trustedProxies: list
    .refine(areNetworks, 'must be addresses or networks such as 10.0.0.0/8')
    .default([])
    .meta({ env: 'JZSE_TRUSTED_PROXIES', about: 'proxies whose X-Forwarded-For is believed, separated by commas; by default none' }),
  allowedHosts: list
    .default([])
    .meta({ env: 'JZSE_ALLOWED_HOSTS', about: 'names that requests may be for, without ports, separated by commas; by default any' }),
  corsOrigins: list.default([]).meta({
    env: 'JZSE_CORS_ORIGINS',
    about: 'origins of other pages that may call with a bearer token, separated by commas; by default none',
  }),
  connectionsMax: z.coerce
    .number()
    .int()
    .min(1)
    .default(defaultClientLimits.connectionsMax)
    .meta({ env: 'JZSE_CONNECTIONS_MAX', about: 'connections in all' }),
  strangerConnectionsMax: z.coerce
    .number()
    .int()
    .min(1)
    .default(defaultClientLimits.strangerConnectionsMax)
    .meta({ env: 'JZSE_STRANGER_CONNECTIONS_MAX', about: 'connections from one address on which nobody has signed in' }),
  uploadIdleMs: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(defaultClientLimits.bodyIdleMs)
    .meta({ env: 'JZSE_UPLOAD_IDLE_MS', about: 'milliseconds of silence after which an upload is cut' }),
};

export interface FrontDoorConfig extends TlsConfig {
  readonly ratePerAddress: string;
  readonly rateAnonymous: string;
  readonly ratePerUser: string;
  readonly ratePerToken: string;
  readonly ratePerLink: string;
  readonly trustedProxies: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly connectionsMax: number;
  readonly strangerConnectionsMax: number;
  readonly uploadIdleMs: number;
}
export interface FrontDoorOptions {
  readonly rates: Rates;
  readonly trustedProxies: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly clients: Partial<ClientLimits>;
  readonly tls?: TlsPair | Record<string, never>;
}

/** The options of `createGateway` that the settings stand for. Throws when the certificate cannot be used. */
export const frontDoorOptions = (config: FrontDoorConfig): FrontDoorOptions => ({
  ...tlsOf(config),
  rates: {
    address: rateOf(config.ratePerAddress),
    anonymous: rateOf(config.rateAnonymous),
    user: rateOf(config.ratePerUser),
    token: rateOf(config.ratePerToken),
    link: rateOf(config.ratePerLink),
  },
  trustedProxies: config.trustedProxies,
  allowedHosts: config.allowedHosts,
  corsOrigins: config.corsOrigins,
  clients: {
    connectionsMax: config.connectionsMax,
    strangerConnectionsMax: config.strangerConnectionsMax,
    bodyIdleMs: config.uploadIdleMs,
  },
});

function tlsOf(config: TlsConfig): Pick<FrontDoorOptions, 'tls'> {
  const tls = readTls(config);
  if (config.tls === 'fleet') {
    if (tls !== null) throw new Error('JZSE_TLS=fleet brings its own certificate: leave JZSE_TLS_CERT and JZSE_TLS_KEY out, or JZSE_TLS');
    return { tls: {} };
  }
  return tls === null ? {} : { tls };
}

function rateOf(text: string): RateLimit | null {
  const [, points, windowS] = rateForm.exec(text) ?? [];
  return points === undefined || windowS === undefined ? null : { points: Number(points), windowS: Number(windowS) };
}

function areNetworks(proxies: readonly string[]): boolean {
  try {
    createProxyCheck(proxies);
    return true;
  } catch {
    return false;
  }
}
