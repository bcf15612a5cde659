import { JzseError } from '@jzse/api';
import { joinPath } from '@jzse/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { UploadProgress } from '../../write/uploads/advance-upload.ts';
import { advanceUpload, inspectUpload } from '../../write/uploads/advance-upload.ts';
import { createUpload } from '../../write/uploads/create-upload.ts';
import { joinUploads } from '../../write/uploads/join-uploads.ts';
import { parseUploadMetadata } from '../../write/uploads/upload-metadata.ts';
import { placeOf, type UploadPlace } from '../../write/uploads/upload-place.ts';
import { authorOf } from '../caller.ts';
import { lengthOf } from '../write-conditions.ts';
import type { TusDesk } from './tus-desk.ts';
import { bringsPart, bytesIn, checksumIn, progressHeaders, tusPath } from './tus-protocol.ts';

/** POST: makes an upload, with its first bytes if there are any; or joins partial ones. 201 with its address. */
export async function postUpload(desk: TusDesk, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const concat = request.headers['upload-concat']?.toString();
  const progress =
    concat?.startsWith('final;') === true
      ? await join(desk, request, concat)
      : await create(desk, request, { isPartial: isPartial(concat) });
  return progressHeaders(reply, progress).code(201).header('location', `${tusPath}/${progress.row.id}`).send();
}

function isPartial(concat: string | undefined): boolean {
  if (concat === undefined || concat === 'partial') return concat !== undefined;
  throw new JzseError('invalid-input', 'Upload-Concat must be "partial", or "final;" and the addresses of partial uploads');
}

async function create(desk: TusDesk, request: FastifyRequest, { isPartial }: { readonly isPartial: boolean }): Promise<UploadProgress> {
  const { headers } = request;
  const author = authorOf(request.principal, desk.region);
  const metadata = metadataOf(request);
  const parsed = parseUploadMetadata(metadata);
  const place = isPartial ? null : placeOf(parsed);
  await checkPlace(desk, request, place);
  const checksum = checksumIn(headers);
  const hasBytes = bringsPart(headers);
  const row = await createUpload(desk, { place, metadata, length: announcedLength(request), author });
  if (hasBytes) {
    const part = { offset: 0, body: request.raw, partLength: lengthOf(headers), length: null, checksum, author };
    return advanceUpload(desk, row.id, part);
  }
  return row.length === 0 ? inspectUpload(desk, row.id, author) : { row, outcome: null };
}

/** A part of a later upload has no place of its own. */
async function checkPlace(desk: TusDesk, request: FastifyRequest, place: UploadPlace | null): Promise<void> {
  if (place !== null) await desk.allowAt(request, 'write', { space: place.space, path: joinPath(place.names) });
}

function announcedLength({ headers }: FastifyRequest): number | null {
  const length = bytesIn(headers, 'upload-length');
  const deferred = headers['upload-defer-length'];
  if (length === null ? deferred === '1' : deferred === undefined) return length;
  throw new JzseError('invalid-input', 'send either Upload-Length or Upload-Defer-Length: 1');
}

async function join(desk: TusDesk, request: FastifyRequest, concat: string): Promise<UploadProgress> {
  if (request.headers['upload-length'] !== undefined || request.headers['upload-defer-length'] !== undefined) {
    throw new JzseError('invalid-input', 'the length of a joined upload is that of its parts');
  }
  if (bringsPart(request.headers)) throw new JzseError('forbidden', 'a joined upload takes no bytes');
  const metadata = metadataOf(request);
  const place = placeOf(parseUploadMetadata(metadata));
  await checkPlace(desk, request, place);
  const author = authorOf(request.principal, desk.region);
  return joinUploads(desk, { parts: partsIn(concat), place, metadata, concat, author });
}

const partsMax = 1000;

/** Addresses, whole or from the root: their last part is the id. */
function partsIn(concat: string): string[] {
  const ids = concat
    .slice('final;'.length)
    .split(' ')
    .filter((address) => address !== '')
    .map((address) => address.split('/').at(-1) ?? '');
  if (ids.length > 0 && ids.length <= partsMax) return ids;
  throw new JzseError('invalid-input', `Upload-Concat must name 1 to ${partsMax} partial uploads`);
}

const metadataOf = (request: FastifyRequest): string => request.headers['upload-metadata']?.toString() ?? '';
