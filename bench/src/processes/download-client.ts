import { get } from 'node:http';

/** Reads a URL to its end and drops the bytes. Arguments: URL, token or -. */
const [url = '', token = '-'] = process.argv.slice(2);
const startedMs = performance.now();
get(url, { headers: token === '-' ? {} : { authorization: `Bearer ${token}` } }, (answer) => {
  let bytes = 0;
  answer.on('data', (data: Buffer) => {
    bytes += data.length;
  });
  answer.on('end', () => {
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode}`);
    process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - startedMs) / 1000, bytes })}\n`);
    process.exit(0);
  });
});
