export {
  type ChunkFrame,
  createFrameParser,
  encodeFrameHeader,
  type FrameParser,
  frameBytesMax,
  frameHeaderBytes,
  InvalidFrames,
} from '@jzse/api';
