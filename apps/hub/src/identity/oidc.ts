import { createHmac, timingSafeEqual } from 'node:crypto';
import { JzseError } from '@jzse/api';
import type { HandOver } from '@jzse/api/hub';
import type { RegionId } from '@jzse/sync';
import * as client from 'openid-client';
import { z } from 'zod';

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
}
/** Whom the provider vouches for. */
export interface OidcPerson {
  readonly issuer: string;
  readonly subject: string;
  /** Lower case; null: the provider does not vouch for any. */
  readonly email: string | null;
  readonly name: string;
}
export interface Oidc {
  /** Where the browser goes to sign in, and what it must bring back. */
  start(request: {
    readonly redirectUri: string;
    readonly returnTo: string;
    /** The region that the person is signed in at; null: the hub. */
    readonly handOver: Begin | null;
  }): Promise<{ readonly location: string; readonly pending: string }>;
  /** Throws `wrong-credentials`. */
  finish(request: {
    readonly callbackUrl: URL;
    readonly pending: string | null;
  }): Promise<{ readonly person: OidcPerson; readonly returnTo: string; readonly handOver: Begin | null }>;
  /** Of a sign-in that this hub began, finished or not. */
  handOverOf(pending: string | null): Begin | null;
}
type Begin = Omit<HandOver, 'code'>;

const answerMsMax = 10_000;
export const pendingMs = 10 * 60_000;

/**
 * Authorization code flow with PKCE. What is remembered in between goes with the browser in a cookie under our seal, so that any hub on this
 * database can finish it, and no other browser. The provider is asked who it is when it is first needed: the hub starts without it.
 */
export function createOidc(deps: { readonly settings: OidcSettings; readonly secret: string; readonly nowMs: () => number }): Oidc {
  const { settings, nowMs } = deps;
  const seal = createSeal(deps.secret);
  let known: Promise<client.Configuration> | null = null;
  const provider = (): Promise<client.Configuration> => {
    known ??= discover(settings).catch((cause: unknown) => {
      known = null;
      throw new JzseError('not-ready', 'the identity provider does not answer: try again later', { cause });
    });
    return known;
  };
  return {
    start: async ({ redirectUri, returnTo, handOver }) => {
      const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
      const location = client.buildAuthorizationUrl(await provider(), {
        redirect_uri: redirectUri,
        scope: 'openid profile email',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return { location: location.href, pending: seal.close({ state, nonce, verifier, returnTo, handOver, untilMs: nowMs() + pendingMs }) };
    },
    finish: async ({ callbackUrl, pending }) => {
      const begun = pending === null ? null : seal.open(pending);
      if (begun === null || begun.untilMs < nowMs()) throw refused('this sign-in took too long, or began in another browser: begin again');
      const configuration = await provider();
      const tokens = await client
        .authorizationCodeGrant(configuration, callbackUrl, {
          pkceCodeVerifier: begun.verifier,
          expectedState: begun.state,
          expectedNonce: begun.nonce,
          idTokenExpected: true,
        })
        .catch((cause: unknown) => {
          throw refused('the identity provider did not let you in', cause);
        });
      return { person: personOf(tokens.claims()), returnTo: begun.returnTo, handOver: begun.handOver };
    },
    handOverOf: (pending) => (pending === null ? null : (seal.open(pending)?.handOver ?? null)),
  };
}

async function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<client.Configuration> {
  const url = new URL(issuer);
  const isLocal = url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  const authentication = clientSecret === null ? client.None() : client.ClientSecretPost(clientSecret);
  const configuration = await client.discovery(url, clientId, {}, authentication, {
    timeout: answerMsMax / 1000,
    ...(isLocal ? { execute: [client.allowInsecureRequests] } : {}),
  });
  configuration.timeout = answerMsMax / 1000;
  return configuration;
}

function personOf(claims: client.IDToken | undefined): OidcPerson {
  if (claims === undefined) throw refused('the identity provider did not say who you are');
  const { iss, sub, email, email_verified: isVerified, name } = claims;
  return {
    issuer: iss,
    subject: sub,
    email: typeof email === 'string' && email.includes('@') && isVerified === true ? email.toLowerCase() : null,
    name: typeof name === 'string' ? name.slice(0, 200) : '',
  };
}

const begunSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  handOver: z.object({ region: z.string() as unknown as z.ZodType<RegionId, string>, state: z.string() }).nullable(),
  untilMs: z.number(),
});
type Begun = z.output<typeof begunSchema>;

function createSeal(secret: string): { close(begun: Begun): string; open(text: string): Begun | null } {
  const mark = (body: string): string => createHmac('sha256', secret).update(`oidc ${body}`).digest('base64url');
  return {
    close: (begun) => {
      const body = Buffer.from(JSON.stringify(begun)).toString('base64url');
      return `${body}.${mark(body)}`;
    },
    open: (text) => {
      const [body = '', given = ''] = text.split('.');
      const [left, right] = [Buffer.from(mark(body)), Buffer.from(given)];
      if (left.length !== right.length || !timingSafeEqual(left, right)) return null;
      return begunSchema.parse(JSON.parse(Buffer.from(body, 'base64url').toString()));
    },
  };
}

const refused = (message: string, cause?: unknown): JzseError => new JzseError('wrong-credentials', message, { cause });
