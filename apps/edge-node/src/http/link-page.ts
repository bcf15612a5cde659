/** A folder as a link shows it: no more of it than names and sizes. */
export interface LinkListing {
  readonly name: string;
  readonly entries: readonly {
    readonly name: string;
    readonly kind: 'file' | 'folder';
    readonly size: number;
    readonly modifiedMs: number;
  }[];
  readonly next: string | null;
}

/** A plain page without scripts: whoever was given a link needs no more than a browser. `at`: the address of the folder, without a slash at its end. */
export function listingPage(listing: LinkListing, at: string): string {
  const items = listing.entries.map(({ name, kind, size }) => {
    const href = `${at}/${encodeURIComponent(name)}`;
    return `<li><a href="${escaped(href)}">${escaped(name)}${kind === 'folder' ? '/' : ''}</a>${kind === 'file' ? ` ${size} bytes` : ''}</li>`;
  });
  const more = listing.next === null ? '' : `<p><a href="${escaped(at)}?after=${encodeURIComponent(listing.next)}">…</a></p>`;
  return page(listing.name, `<ul>${items.join('')}</ul>${more}`);
}

export const passwordPage = (at: string, isWrong: boolean): string =>
  page(
    'JzSE',
    `<form method="post" action="${escaped(at)}"><p>${isWrong ? 'This is not the password. ' : ''}This link has a password.</p>` +
      '<input type="password" name="password" autofocus required><button>OK</button></form>',
  );

export const dropPage = (): string =>
  page(
    'JzSE',
    '<p>Files can be put here, and nobody who has only this link sees them: <code>curl -T file &lt;this address&gt;/</code></p>',
  );

const page = (title: string, body: string): string =>
  `<!doctype html><html><head><meta charset="utf-8"><meta name="robots" content="noindex"><title>${escaped(title)}</title></head>` +
  `<body><h1>${escaped(title)}</h1>${body}</body></html>\n`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
