import { JzseError } from '@jzse/api';

/** As it is kept and compared: origin and path without a slash at the end. Throws `invalid-input` for what no region may be called at. */
export function approvableUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (url === null || !isPlain) {
    throw new JzseError('invalid-input', `${text} is no address of a region: write it as http://host:port or https://host:port`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
