export type { ChunkFrame, FrameParser } from './chunk-frames.ts';
export { createFrameParser, encodeFrameHeader, frameBytesMax, frameHeaderBytes, InvalidFrames } from './chunk-frames.ts';
export type { ErrorCode, ErrorCodeRow } from './error-code.ts';
export { errorCodes, JzseError } from './error-code.ts';
export { protocolVersion } from './protocol-version.ts';
export { pageItemsMax } from './schemas.ts';
export type { WireError } from './trpc-errors.ts';
