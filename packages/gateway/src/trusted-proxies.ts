import { BlockList, isIP } from 'node:net';

/** Whether an address is one of the proxies (`10.0.0.7`, `10.0.0.0/8`, `fd00::/8`), whose word on who calls is taken. Throws `RangeError`. */
export function createProxyCheck(proxies: readonly string[]): (address: string) => boolean {
  if (proxies.length === 0) return () => false;
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const family = familyOf(address);
    if (family === null) throw new RangeError(`${proxy} is no address and no network`);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
    const family = familyOf(plain);
    return family !== null && list.check(plain, family);
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(address);
  return version === 0 ? null : version === 4 ? 'ipv4' : 'ipv6';
}
