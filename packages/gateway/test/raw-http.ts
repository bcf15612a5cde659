import { connect, type Socket } from 'node:net';

/** A connection on which bytes are sent by hand. */
export interface RawConnection {
  readonly socket: Socket;
  send(text: string): void;
  /** What has come so far. */
  text(): string;
  /** What has come when the other side has closed. */
  closed(): Promise<string>;
}

export async function rawConnection(url: string): Promise<RawConnection> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  socket.on('error', () => undefined);
  const closing = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => socket.once('connect', resolve));
  return {
    socket,
    send: (sent) => void socket.write(sent),
    text: () => text,
    closed: async () => {
      await closing;
      return text;
    },
  };
}
