import { causalHeader } from '@jzse/api';
import type { CausalTokens } from './causal-tokens.ts';
import { responseError, unreachable } from './errors.ts';
import { sendWhenBusy } from './send-when-busy.ts';

export interface ConnectionOptions {
  /** Where the server is; a page may say `''` for the server that it came from. */
  readonly url: string;
  /** Absent in a page, where the session cookie speaks. */
  readonly token?: string;
  readonly fetch?: typeof fetch;
  /** What was seen so far, to be shared between clients of several edges; by default each edge client has its own. */
  readonly causal?: CausalTokens;
}

/** One server and how to speak to it. */
export interface Connection {
  readonly url: string;
  /** `fetch` with the token; no answer is `unreachable`, and whatever was answered is returned. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** Asks for a path of this server; an answer that is no success (2xx, 304) is thrown by its code. */
  request(path: string, init?: RequestInit): Promise<Response>;
}

export function openConnection(options: ConnectionOptions): Connection {
  const url = (options.url === '' ? globalThis.location.origin : options.url).replace(/\/+$/, '');
  const send = options.fetch ?? fetch;
  const connection: Connection = {
    url,
    fetch: async (target, init = {}) => {
      const headers = new Headers(init.headers);
      if (options.token !== undefined) headers.set('authorization', `Bearer ${options.token}`);
      const sent = options.causal?.sent() ?? null;
      if (sent !== null) headers.set(causalHeader, sent);
      try {
        const response = await sendWhenBusy(() => send(target, { ...init, headers }), init);
        const seen = response.headers.get(causalHeader);
        if (seen !== null) options.causal?.seen(seen, sent);
        return response;
      } catch (error) {
        if (init.signal?.aborted === true && init.signal.reason?.name !== 'TimeoutError') throw init.signal.reason;
        throw unreachable(url, error);
      }
    },
    request: async (path, init) => {
      const response = await connection.fetch(`${url}${path}`, init);
      if (!response.ok && response.status !== 304) throw await responseError(response);
      return response;
    },
  };
  return connection;
}
