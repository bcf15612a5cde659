import { responseError } from '@jzse/client';
import type { EdgeCalls } from './edge-calls.ts';

const tusHeaders = { 'tus-resumable': '1.0.0' };

/** One upload by the bare protocol, step by step, so that a test can stop between any two. Refusals are `JzseError`s. */
export interface TusUpload {
  readonly location: string;
  /** Sends bytes from an offset; answers the new offset. */
  append(offset: number, bytes: Uint8Array): Promise<number>;
  /** What the edge has durably, by HEAD. */
  offset(): Promise<number>;
}

export async function createTusUpload(edge: EdgeCalls, path: string, length: number): Promise<TusUpload> {
  const metadata = Object.entries({ space: 'demo', path })
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
  const headers = { ...tusHeaders, 'upload-length': String(length), 'upload-metadata': metadata };
  const answer = await success(await edge.request('/tus', { method: 'POST', headers }));
  const location = new URL(answer.headers.get('location') ?? '', `${edge.url}/tus`).pathname;
  return {
    location,
    append: async (offset, bytes) => offsetOf(await edge.request(location, { method: 'PATCH', ...patch(offset, bytes) })),
    offset: async () => offsetOf(await edge.request(location, { method: 'HEAD', headers: tusHeaders })),
  };
}

function patch(offset: number, bytes: Uint8Array): RequestInit {
  const headers = { ...tusHeaders, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
  return { headers, body: bytes as Uint8Array<ArrayBuffer> };
}

async function offsetOf(answer: Response): Promise<number> {
  return Number((await success(answer)).headers.get('upload-offset'));
}

async function success(answer: Response): Promise<Response> {
  if (!answer.ok) throw await responseError(answer);
  await answer.arrayBuffer();
  return answer;
}
