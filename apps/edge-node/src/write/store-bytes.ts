import type { ContentWithChunks } from '@jzse/db/region';
import { describeContent } from './describe-content.ts';
import { openSealer } from './seal-chunks.ts';
import type { WriteDeps } from './write-deps.ts';
import { writing } from './write-errors.ts';

/** A content that is in memory goes the way of every upload; its chunks are flushed when this resolves. Takes the bytes over. Throws `storage-full`. */
export function storeBytes(deps: Pick<WriteDeps, 'chunks' | 'sealThread'>, bytes: Uint8Array): Promise<ContentWithChunks> {
  return writing(async () => {
    const cutting = deps.sealThread.open(bytes.length);
    const sealer = openSealer(deps, { cutting, tail: new Uint8Array(), bytesExpected: bytes.length });
    try {
      await sealer.take(bytes);
      return await describeContent(deps, await sealer.finish());
    } finally {
      await sealer.close();
      cutting.close();
    }
  });
}
