/** Between two downloads; a browser drops some of those that start in one moment. */
const betweenMs = 300;

/** Saves each address as a file. */
export function downloadAll(hrefs: readonly string[]): void {
  hrefs.forEach((href, at) => {
    setTimeout(() => saveAs(href), at * betweenMs);
  });
}

function saveAs(href: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = '';
  document.body.append(link);
  link.click();
  link.remove();
}
