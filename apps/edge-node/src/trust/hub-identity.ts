import { JzseError } from '@jzse/api';
import type { AccountServices, HubRouter, SharingServices } from '@jzse/api/hub';
import { traceHeaders } from '@jzse/gateway';
import { createTRPCClient, httpLink } from '@trpc/client';
import { createHubBreaker } from '../replicate/hub-breaker.ts';
import type { HubCredentials } from '../replicate/hub-credentials.ts';
import { toHubError } from '../replicate/hub-errors.ts';

/** The hub's part in what people do about their sign-ins and who may what; this region asks for its people. Throws the hub's own code, or `hub-unreachable`. */
export interface HubIdentity {
  readonly accounts: AccountServices;
  readonly sharing: Pick<SharingServices, 'setMember' | 'setGrant' | 'createLink' | 'revokeLink'>;
}

/** Somebody waits for it. */
const timeoutMs = 5_000;

export function createHubIdentity({ url, credentials }: { readonly url: string; readonly credentials: HubCredentials }): HubIdentity {
  const client = createTRPCClient<HubRouter>({
    links: [
      httpLink({ url: `${url}/trpc`, headers: async () => ({ ...traceHeaders(), authorization: `Bearer ${await credentials.proof()}` }) }),
    ],
  });
  const breaker = createHubBreaker(() => performance.now());
  const attempt: Ask = (call) =>
    breaker.ask(() =>
      call({ signal: AbortSignal.timeout(timeoutMs) }).catch((error: unknown) => {
        throw toHubError(error, url);
      }),
    );
  const asked: Ask = async (call) => {
    try {
      return await attempt(call);
    } catch (error) {
      const mayBeUnknown = error instanceof JzseError && error.code === 'unauthenticated';
      if (mayBeUnknown && (await credentials.onUnknown())) return attempt(call);
      throw error;
    }
  };
  const { sharing } = client;
  return {
    accounts: accountCalls(client, asked),
    sharing: {
      setMember: (request) => asked((options) => sharing.setMember.mutate(request, options)),
      setGrant: (request) => asked((options) => sharing.setGrant.mutate(request, options)),
      createLink: (request) => asked((options) => sharing.createLink.mutate(request, options)),
      revokeLink: (request) => asked((options) => sharing.revokeLink.mutate(request, options)),
    },
  };
}

type Client = ReturnType<typeof createTRPCClient<HubRouter>>;
type Ask = <T>(call: (options: { readonly signal: AbortSignal }) => Promise<T>) => Promise<T>;

function accountCalls({ accounts }: Client, asked: Ask): AccountServices {
  return {
    signIn: (request) => asked((options) => accounts.signIn.mutate(request, options)),
    refresh: (request) => asked((options) => accounts.refresh.mutate(request, options)),
    signOut: (session) => asked((options) => accounts.signOut.mutate({ session }, options)),
    oidc: () => asked((options) => accounts.oidc.query(undefined, options)),
    takeHandOver: (handOver) => asked((options) => accounts.takeHandOver.mutate(handOver, options)),
    changePassword: (request) => asked((options) => accounts.changePassword.mutate(request, options)),
    beginTotp: (user) => asked((options) => accounts.beginTotp.mutate({ user }, options)),
    confirmTotp: (user, code) => asked((options) => accounts.confirmTotp.mutate({ user, code }, options)),
    removeTotp: (user, password) => asked((options) => accounts.removeTotp.mutate({ user, password }, options)),
    sessions: (user) => asked((options) => accounts.sessions.query({ user }, options)),
    revokeSession: (user, session) => asked((options) => accounts.revokeSession.mutate({ user, session }, options)),
    createToken: ({ scopes, spaces, ...request }) =>
      asked((options) =>
        accounts.createToken.mutate({ ...request, scopes: scopes === null ? null : [...scopes], spaces: spaces && [...spaces] }, options),
      ),
    tokens: (user) => asked((options) => accounts.tokens.query({ user }, options)),
    revokeToken: (user, id) => asked((options) => accounts.revokeToken.mutate({ user, id }, options)),
  };
}
