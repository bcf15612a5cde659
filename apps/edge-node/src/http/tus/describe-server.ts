import type { FastifyReply } from 'fastify';
import { checksumAlgorithms } from '../../write/uploads/checksum.ts';
import { uploadBytesMax } from '../../write/uploads/create-upload.ts';
import { tusExtensions, tusVersion } from './tus-protocol.ts';

/** OPTIONS: what this server can do. */
export const describeServer = (reply: FastifyReply): FastifyReply =>
  reply
    .code(204)
    .headers({
      'tus-version': tusVersion,
      'tus-extension': tusExtensions.join(','),
      'tus-max-size': String(uploadBytesMax),
      'tus-checksum-algorithm': checksumAlgorithms.join(','),
    })
    .send();
