import type { Content } from '@jzse/sync';
import { transferPriority } from './hub-store.ts';

/** Up to this size a new content goes before bulk. */
const smallBytesMax = 256 * 1024;

/** Of a content that is new in its space. */
export const priorityOf = ({ size }: Content): number => (size <= smallBytesMax ? transferPriority.small : transferPriority.bulk);
