// Where one goes on after a way that leads out of the page: an address of this console, as the server takes it along.

/** Any origin that is none: only what stays within it is an address of this console. */
const BASE = 'https://console.invalid';
/** What the server takes along to a provider; the longest, and the characters that it lets through. */
const MAX_NEXT_CHARS = 2_048;
const NOT_TAKEN = /[^A-Za-z0-9._~%/?=&:,;@!$'()*+-]/g;

/** Pure: an address of this console, or Home; nobody is led elsewhere by a link. */
export function parseNext(next: string | undefined): URL {
  const home = new URL('/', BASE);
  if (next?.startsWith('/') !== true || !URL.canParse(next, BASE)) return home;
  const url = new URL(next, BASE);
  return url.origin === BASE && !url.pathname.startsWith('//') ? url : home;
}

/** Pure: an address as the server takes it along to a provider, with its query if both are not too long. */
export function toNext(next: string | undefined): string {
  const { pathname, search } = parseNext(next);
  const whole = (pathname + search).replace(NOT_TAKEN, encodeURIComponent);
  return whole.length <= MAX_NEXT_CHARS ? whole : pathname;
}
