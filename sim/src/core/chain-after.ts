import type { Dot } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import type { Chain } from './messages.ts';

/** FNV-1a, 48 bits of it. */
export function chainAfter(chain: Chain, dot: Dot): Chain {
  let low = (chain % 2 ** 24) ^ 0x811c9dc5;
  let high = Math.floor(chain / 2 ** 24) ^ 0x01000193;
  for (const character of dotKey(dot)) {
    low = Math.imul(low ^ character.charCodeAt(0), 0x01000193);
    high = Math.imul(high ^ character.charCodeAt(0) ^ (low >>> 9), 0x85ebca6b);
  }
  return (low >>> 8) + (high >>> 8) * 2 ** 24;
}
