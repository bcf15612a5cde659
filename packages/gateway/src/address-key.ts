import { isIP } from 'node:net';

/** What is counted as one caller's address: an IPv4 address, or the first 64 bits of an IPv6 one, of which everybody has 2^64. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
  if (!plain.includes(':')) return plain;
  const bare = plain.split('%')[0] ?? plain;
  return isIP(bare) === 6 ? `${firstGroups(bare).join(':')}::/64` : 'unknown';
}

const groupsCounted = 4;
const groupsAll = 8;

/** The first four of the eight groups, without leading zeros. */
function firstGroups(address: string): string[] {
  const [before = '', after] = address.split('::');
  const head = groupsOf(before);
  const tail = after === undefined ? [] : groupsOf(after);
  const zeros = after === undefined ? 0 : groupsAll - head.length - tail.length;
  const all = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
  return all.slice(0, groupsCounted).map((group) => Number.parseInt(group, 16).toString(16));
}

/** A last part such as `192.0.2.1` stands for two groups, which are never among those counted. */
const groupsOf = (text: string): string[] =>
  text === '' ? [] : text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
