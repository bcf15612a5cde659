import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

/** The reference tus server over a folder. Argument: the folder. Prints where uploads are created. */
const tus = new Server({ path: '/files', datastore: new FileStore({ directory: process.argv[2] ?? '' }) });
const server = createServer((request, response) => void tus.handle(request, response));
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/files\n`));
