import { connect } from 'node:net';

export interface RawAnswer {
  /** Of the first answer; 0: the server closed without one. */
  readonly status: number;
  readonly text: string;
}

/** Sends exactly these bytes to the server and answers what comes back until it closes. `thenHangUp`: the sending side ends after them. */
export function rawRequest(url: string, bytes: Buffer, options: { readonly thenHangUp?: boolean } = {}): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => (options.thenHangUp ? socket.end(bytes) : socket.write(bytes)));
    const done = () => {
      const text = Buffer.concat(received).toString('latin1');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    };
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${bytes.toString('latin1').slice(0, 200)}`)));
    socket.on('data', (data) => received.push(data));
    socket.on('close', (failed) => failed || done());
    socket.on('error', (error) => ('code' in error && error.code === 'ECONNRESET' ? done() : reject(error)));
  });
}

/** The head of a request as text: one that a well-behaved client library would refuse to send. `line`: method and target, latin1, a byte a character. */
export function requestHead(line: string, headers: Readonly<Record<string, string | number>>): Buffer {
  const lines = Object.entries({ host: 'localhost', connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${line} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
}
