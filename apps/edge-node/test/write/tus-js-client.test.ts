import type { UploadOptions } from 'tus-js-client';
import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WritingRegion } from './writing-region.ts';
import { bearer, bytesOf, contentAt, openWritingRegion, space, temporaryFolder } from './writing-region.ts';

const temporary = temporaryFolder();
let region: WritingRegion;
beforeAll(async () => {
  region = await openWritingRegion({ folder: temporary.folder });
});
afterAll(async () => {
  await region.close();
  temporary.remove();
});

/** Uploads as a program out there would; `stopAfter` bytes it is stopped and started anew from its address. */
function upload(bytes: Buffer, path: string, options: Partial<UploadOptions> & { readonly stopAfter?: number } = {}): Promise<void> {
  const { stopAfter, ...rest } = options;
  return new Promise((resolve, reject) => {
    const started = new Upload(bytes, {
      endpoint: `${region.url}/tus`,
      headers: bearer,
      metadata: { space, path },
      retryDelays: [10, 50, 100],
      onError: reject,
      onSuccess: () => resolve(),
      onProgress: (sent) => {
        if (stopAfter === undefined || sent < stopAfter) return;
        void started.abort().then(() => upload(bytes, path, { ...rest, uploadUrl: started.url }).then(resolve, reject));
      },
      ...rest,
    });
    started.start();
  });
}

const bytes = bytesOf(20_000_000, 31);
test.each<[string, Parameters<typeof upload>[2]]>([
  ['in one request', {}],
  ['in parts', { chunkSize: 3_333_333 }],
  ['with the first bytes in the POST', { uploadDataDuringCreation: true, chunkSize: 6_000_000 }],
  ['with a length that is told later', { uploadLengthDeferred: true, chunkSize: 6_000_000 }],
  ['in parallel parts that are joined', { parallelUploads: 3 }],
  ['stopped half-way and resumed', { stopAfter: 8_000_000 }],
  ['with a method in a header', { overridePatchMethod: true }],
])('tus-js-client uploads %s', async (how, options) => {
  const path = `/client/${how}`;
  await upload(bytes, path, options);
  expect((await contentAt(region, path))?.equals(bytes)).toBe(true);
});
