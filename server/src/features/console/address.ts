// Which addresses are pages of the console: those that nothing else on the server is under.

/** First parts of addresses that belong to programs; what is not found there is told in JSON. */
const notPages = new Set(['api', 'agent', 'assets', 'docs', 'healthz', 'readyz', 'metrics', '.well-known']);

/** Pure: whether the address, with or without a query, is one of the console: plain, no extension, and not a program's. */
export function isPageAddress(url: string): boolean {
  const [path = '/'] = url.split(/[?#]/);
  // `/..%2fetc/passwd` is somebody who looks for holes; no page has an escape in its path.
  if (!isPlainPath(path)) return false;
  const parts = path.split('/').slice(1);
  if (notPages.has(parts[0] ?? '')) return false;
  return !(parts.at(-1) ?? '').includes('.');
}

/** Pure: whether the path of an address is written plainly: what we build needs no escapes, and `..` leads nowhere good. */
export function isPlainPath(url: string): boolean {
  const [path = ''] = url.split('?');
  return /^[\w./-]+$/.test(path) && !path.includes('..');
}
