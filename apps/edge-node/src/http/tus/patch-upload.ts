import { JzseError } from '@jzse/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { advanceUpload } from '../../write/uploads/advance-upload.ts';
import { findUpload } from '../../write/uploads/find-upload.ts';
import { authorOf } from '../caller.ts';
import { lengthOf } from '../write-conditions.ts';
import type { TusDesk } from './tus-desk.ts';
import { bytesIn, checksumIn, partMediaType, progressHeaders } from './tus-protocol.ts';
import { uploadIdOf } from './upload-id.ts';

/** PATCH: adds bytes at the offset. 204 with the new one; with the last byte, also with what the upload became. */
export async function patchUpload(desk: TusDesk, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { headers } = request;
  if (headers['content-type'] !== partMediaType) {
    throw new JzseError('unsupported-media-type', `bytes of an upload are sent as ${partMediaType}`);
  }
  const offset = bytesIn(headers, 'upload-offset');
  if (offset === null) throw new JzseError('invalid-input', 'send Upload-Offset: the byte that this part begins with');
  const author = authorOf(request.principal, desk.region);
  const { kind, space, path } = await findUpload(desk, uploadIdOf(request), author);
  if (kind === 'single') await desk.allowAt(request, 'write', { space, path });
  const progress = await advanceUpload(desk, uploadIdOf(request), {
    offset,
    body: request.raw,
    partLength: lengthOf(headers),
    length: bytesIn(headers, 'upload-length'),
    checksum: checksumIn(headers),
    author,
  });
  return progressHeaders(reply, progress).code(204).send();
}
