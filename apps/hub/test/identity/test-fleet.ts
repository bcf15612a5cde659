import { hubRouter } from '@jzse/api/hub';
import { type KeyPair, newKeyPair, signRegionProof } from '@jzse/identity';
import type { RegionId } from '@jzse/sync';

/** Calls of one caller. `code`: of the error, null when there was none. */
export interface Caller {
  call(path: string, input: unknown): Promise<{ readonly code: string | null; readonly status: number; readonly data: unknown }>;
}

const typeOf = (path: string): string | undefined =>
  (hubRouter._def.procedures as unknown as Record<string, { readonly _def: { readonly type: string } }>)[path]?._def.type;

/** Raw HTTP, so that inputs may be anything. */
export function callerOf(url: string, headers: Readonly<Record<string, string>>): Caller {
  return {
    call: async (path, input) => {
      const text = JSON.stringify(input);
      const type = typeOf(path);
      const signal = AbortSignal.timeout(20_000);
      const response =
        type === 'mutation'
          ? await fetch(`${url}/trpc/${path}`, {
              method: 'POST',
              headers: { ...headers, 'content-type': 'application/json' },
              body: text,
              signal,
            })
          : await fetch(`${url}/trpc/${path}?input=${encodeURIComponent(text)}`, { headers, signal });
      if (type === 'subscription') return { code: await firstEvent(response), status: response.status, data: null };
      const body = (await response.json()) as Answer;
      const code = body.error?.data?.jzse?.code ?? body.error?.data?.code ?? body.code ?? null;
      return { code, status: response.status, data: body.result?.data };
    },
  };
}
interface Answer {
  readonly result?: { readonly data: unknown };
  readonly error?: { readonly data?: { readonly code?: string; readonly jzse?: { readonly code: string } } };
  /** Of a problem that the gateway answers. */
  readonly code?: string;
}

async function firstEvent(response: Response): Promise<string | null> {
  if (response.body === null) return null;
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const error = /"code":"([a-z-]+)"/.exec(text);
    if (error !== null) return error[1] ?? null;
    if (text.includes('"transfers"')) return null;
  }
  return null;
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** A region with a key of its own that the hub knows. */
export async function enrolRegion(
  url: string,
  admin: Caller,
  region: string,
): Promise<{ readonly key: KeyPair; proof(): Promise<string> }> {
  const key = newKeyPair();
  const { token } = (await admin.call('fleet.addRegion', { region, url: null })).data as { readonly token: string };
  const own = `http://${region}.example:7400`;
  const { code } = await callerOf(url, {}).call('fleet.enrol', { token, region, publicKey: key.publicKey, url: own });
  if (code !== null) throw new Error(`${region} could not enrol: ${code}`);
  return { key, proof: () => proofOf(key, region) };
}

export const proofOf = async (key: KeyPair, region: string): Promise<string> =>
  (await signRegionProof(key, { region: region as RegionId, space: null, audience: 'jzse-hub', nowMs: Date.now() })).token;
