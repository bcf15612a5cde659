import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { JzseError } from '@jzse/api';
import type { SigningKey } from '@jzse/identity';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type EdgePackage, openEdgePackages } from './edge-package.ts';

export interface InstallDeps {
  /** Folder of the packages. */
  readonly packages: string;
  /** The script, with gaps to be filled. */
  readonly script: string | URL;
  /** How regions reach this hub; null: as whoever asks did. */
  readonly url: string | null;
  /** By which what is handed out is signed. */
  readonly key: () => SigningKey;
}

const anyone = { config: { access: { who: 'anyone' } } } as const;

/**
 * `/install.sh` and the package that it fetches. The script that goes out names the sum of that package, and the key by which the list of
 * sums is signed: what was changed on the way is not unpacked.
 */
export function serveInstall(app: FastifyInstance, { packages: folder, script, url, key }: InstallDeps): void {
  const packages = openEdgePackages(folder);
  const newest = async (): Promise<EdgePackage> => {
    const found = await packages.newest();
    if (found === null) throw new JzseError('not-ready', 'this hub has no edge package: make one with "npm run package:edge"');
    return found;
  };
  app.get('/install.sh', anyone, async (request, reply) => {
    const { name, version, sum } = await newest();
    const gaps = { HUB_URL: url ?? addressOf(request), PACKAGE: name, VERSION: version, SHA256: sum, HUB_KEY: pemOf(key()) };
    const filled = fill(await readFile(script, 'utf8'), gaps);
    return reply.type('text/x-shellscript; charset=utf-8').header('cache-control', 'no-store').send(filled);
  });
  app.get('/dist/SHA256SUMS', anyone, async (_request, reply) => reply.type('text/plain; charset=utf-8').send(listOf(await newest())));
  app.get('/dist/SHA256SUMS.sig', anyone, async (_request, reply) =>
    reply.type('application/octet-stream').send(signatureOf(listOf(await newest()), key())),
  );
  app.get<{ Params: { readonly name: string } }>('/dist/:name', anyone, async (request, reply) => {
    const found = await packages.named(request.params.name);
    if (found === null) throw new JzseError('unknown-path', 'there is no such package here');
    return reply.type('application/gzip').header('content-length', found.bytes).send(createReadStream(found.path));
  });
}

/** As `sha256sum --check` reads it. */
const listOf = ({ name, sum }: EdgePackage): string => `${sum}  ${name}\n`;

const jwk = ({ publicKey }: SigningKey) => ({ kty: 'OKP', crv: 'Ed25519', x: publicKey });
const signatureOf = (text: string, key: SigningKey): Buffer =>
  sign(null, Buffer.from(text), createPrivateKey({ format: 'jwk', key: { ...jwk(key), d: key.privateKey } }));
const pemOf = (key: SigningKey): string =>
  createPublicKey({ format: 'jwk', key: jwk(key) })
    .export({ format: 'pem', type: 'spki' })
    .toString()
    .trim();

/** Whoever asks is told to come back the same way; nothing but a plain address gets into the script. */
function addressOf(request: FastifyRequest): string {
  const { host } = request.headers;
  if (host === undefined || !/^[A-Za-z0-9.-]{1,253}(?::\d{1,5})?$|^\[[0-9a-fA-F:]{2,45}\](?::\d{1,5})?$/.test(host)) {
    throw new JzseError('invalid-input', 'ask for this at the address of the hub');
  }
  return `${request.protocol}://${host}`;
}

/** Gaps are written `@NAME@`, in single quotes. What fills them can end no quotes. */
function fill(text: string, gaps: Readonly<Record<string, string>>): string {
  let filled = text;
  for (const [name, value] of Object.entries(gaps)) {
    if (value.includes("'")) throw new Error(`${name} does not fit into quotes`);
    filled = filled.replaceAll(`'@${name}@'`, () => `'${value}'`);
  }
  return filled;
}
