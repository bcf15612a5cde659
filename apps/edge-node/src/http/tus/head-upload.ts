import type { FastifyReply, FastifyRequest } from 'fastify';
import { inspectUpload } from '../../write/uploads/advance-upload.ts';
import type { UploadDesk } from '../../write/uploads/upload-desk.ts';
import { authorOf } from '../caller.ts';
import { progressHeaders } from './tus-protocol.ts';
import { uploadIdOf } from './upload-id.ts';

/** HEAD: where the upload stands. Whoever is sending to it is stopped first, so that the offset holds. */
export async function headUpload(desk: UploadDesk, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store');
  const progress = await inspectUpload(desk, uploadIdOf(request), authorOf(request.principal, desk.region));
  const { length, metadata, kind, concat } = progress.row;
  return progressHeaders(reply, progress)
    .code(200)
    .headers({
      ...(length === null ? { 'upload-defer-length': '1' } : { 'upload-length': String(length) }),
      ...(metadata === '' ? {} : { 'upload-metadata': metadata }),
      ...(kind === 'single' ? {} : { 'upload-concat': concat ?? kind }),
    })
    .send();
}
