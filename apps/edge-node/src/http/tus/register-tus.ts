import { JzseError } from '@jzse/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { openUploadDesk } from '../../write/uploads/upload-desk.ts';
import type { WriteDeps } from '../../write/write-deps.ts';
import type { AllowAt } from '../caller.ts';
import { leaveBodiesUnread } from '../raw-bodies.ts';
import { deleteUpload } from './delete-upload.ts';
import { describeServer } from './describe-server.ts';
import { headUpload } from './head-upload.ts';
import { patchUpload } from './patch-upload.ts';
import { postUpload } from './post-upload.ts';
import type { TusDesk } from './tus-desk.ts';
import { checkTusVersion, tusPath, tusVersion } from './tus-protocol.ts';

/** An upload is its author's alone; where it goes to is checked when it is made, with each part, and when it is committed. */
const signedIn = { config: { access: { who: 'signed-in' } } } as const;

type Verb = (desk: TusDesk, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** tus 1.0.0 under `/tus`, with all of its extensions but checksum trailers. */
export async function registerTus(app: FastifyInstance, deps: WriteDeps & { readonly allowAt: AllowAt }): Promise<void> {
  const desk: TusDesk = { ...openUploadDesk(deps), allowAt: deps.allowAt };
  await app.register(async (scope) => {
    leaveBodiesUnread(scope);
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('tus-resumable', tusVersion);
      if (request.method === 'OPTIONS') return;
      reply.header('tus-version', tusVersion);
      checkTusVersion(request.headers);
    });
    const on = (verb: Verb) => (request: FastifyRequest, reply: FastifyReply) => verb(desk, request, reply);
    for (const url of [tusPath, `${tusPath}/`]) {
      scope.options(url, signedIn, async (_request, reply) => describeServer(reply));
      scope.post(url, { config: { access: { who: 'writer' } } }, on(postUpload));
    }
    const url = `${tusPath}/:id`;
    scope.options(url, signedIn, async (_request, reply) => describeServer(reply));
    scope.head(url, signedIn, on(headUpload));
    scope.patch(url, signedIn, on(patchUpload));
    scope.delete(url, signedIn, on(deleteUpload));
    scope.post(url, signedIn, on(overridden));
  });
}

const verbs: Readonly<Record<string, Verb>> = { PATCH: patchUpload, DELETE: deleteUpload, HEAD: headUpload };

/** For clients behind what lets only GET and POST through. */
const overridden: Verb = (desk, request, reply) => {
  const method = request.headers['x-http-method-override']?.toString() ?? '';
  const verb = verbs[method];
  if (verb === undefined) throw new JzseError('invalid-input', 'POST to an upload needs X-HTTP-Method-Override: PATCH, DELETE or HEAD');
  return verb(desk, request, reply);
};
