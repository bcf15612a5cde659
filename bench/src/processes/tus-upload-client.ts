import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Readable } from 'node:stream';
import { randomBlocks } from '../../../e2e/src/random-bytes.ts';

/** One POST and one PATCH of generated, incompressible bytes. Arguments: server URL + path, token or -, path in the space, seed, bytes. */
const [endpoint = '', token = '-', path = '', seed = '', size = '0'] = process.argv.slice(2);
const base = { 'tus-resumable': '1.0.0', ...(token === '-' ? {} : { authorization: `Bearer ${token}` }) };

const startedMs = performance.now();
const metadata = Object.entries({ space: 'demo', path, filename: path.split('/').at(-1) ?? '' })
  .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
  .join(',');
const created = await send(endpoint, { method: 'POST', headers: { ...base, 'upload-length': size, 'upload-metadata': metadata } }, null);
const location = new URL(created.headers.location ?? '', endpoint).href;
const headers = { ...base, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream', 'content-length': size };
const finished = await send(location, { method: 'PATCH', headers }, Readable.from(randomBlocks(seed, Number(size)), { highWaterMark: 2 }));
if (finished.headers['upload-offset'] !== size) throw new Error(`the server has ${finished.headers['upload-offset']} of ${size} bytes`);
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - startedMs) / 1000, location })}\n`);
process.exit(0);

function send(url: string, options: RequestOptions, body: Readable | null): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, options, (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      if (status >= 300) reject(new Error(`${options.method} ${url}: ${status}`));
      else answer.on('end', () => resolve(answer));
    });
    request.on('error', reject);
    if (body === null) request.end();
    else body.pipe(request);
  });
}
