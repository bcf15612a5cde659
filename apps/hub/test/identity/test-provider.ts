import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Provider {
  readonly Grant: new (of: {
    readonly accountId: string;
    readonly clientId: string;
  }) => { addOIDCScope(scope: string): void; save(): Promise<string> };
  callback(): RequestListener;
}
interface Session {
  readonly oidc: {
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
    readonly provider: Provider;
  };
}

export interface TestProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The provider knows where to send people back only when the hub listens. */
  setRedirectUri(uri: string): void;
  stop(): Promise<void>;
}

/** For a server that has to know its own URL before it listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A real identity provider, which believes whoever comes: the login is the address. Of `unchecked@…` it has not checked it. */
export async function startTestProvider(): Promise<TestProvider> {
  let answer: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [clientId, clientSecret] = ['jzse', 'a-secret-of-the-client-for-tests'];
  // It comes without types.
  const library = (await import('oidc-provider' as string)) as { readonly default: new (issuer: string, options: object) => Provider };
  return {
    issuer,
    clientId,
    clientSecret,
    setRedirectUri: (uri) => {
      const provider = new library.default(issuer, {
        clients: [
          { client_id: clientId, client_secret: clientSecret, redirect_uris: [uri], token_endpoint_auth_method: 'client_secret_post' },
        ],
        conformIdTokenClaims: false,
        claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
        cookies: { keys: ['for tests only'] },
        pkce: { required: () => true },
        findAccount: (_context: unknown, id: string) => ({
          accountId: id,
          claims: () => ({ sub: `id of ${id}`, email: id, email_verified: !id.startsWith('unchecked'), name: 'Li Wei' }),
        }),
        loadExistingGrant: async ({ oidc }: Session) => {
          const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
          grant.addOIDCScope('openid profile email');
          await grant.save();
          return grant;
        },
      });
      answer = provider.callback();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A browser's cookies, by origin and name. */
export class TestBrowser {
  private readonly cookies = new Map<string, Map<string, string>>();

  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url);
    const jar = this.cookies.get(origin) ?? new Map<string, string>();
    this.cookies.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const equals = pair.indexOf('=');
      jar.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    return response;
  }

  cookie(origin: string, name: string): string | undefined {
    return this.cookies.get(origin)?.get(name);
  }

  /** Follows redirects until there are none, or one leads to `until`. */
  async follow(response: Response, until = 'nowhere'): Promise<{ readonly response: Response; readonly url: string }> {
    let at = { response, url: response.url };
    for (let step = 0; step < 10; step++) {
      const location = at.response.headers.get('location');
      if (location === null) return at;
      const url = new URL(location, at.url).href;
      if (url.includes(until)) return { response: at.response, url };
      at = { response: await this.fetch(url), url };
    }
    throw new Error(`too many redirects, the last to ${at.url}`);
  }
}
