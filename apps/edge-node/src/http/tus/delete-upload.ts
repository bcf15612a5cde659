import type { FastifyReply, FastifyRequest } from 'fastify';
import { terminateUpload } from '../../write/uploads/advance-upload.ts';
import type { UploadDesk } from '../../write/uploads/upload-desk.ts';
import { authorOf } from '../caller.ts';
import { uploadIdOf } from './upload-id.ts';

/** DELETE: ends an upload without a version. What it became, if it did, stays. */
export async function deleteUpload(desk: UploadDesk, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  await terminateUpload(desk, uploadIdOf(request), authorOf(request.principal, desk.region));
  return reply.code(204).send();
}
