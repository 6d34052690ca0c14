// Parts that are loaded after the page: one that the server does not have any more must not take the page with it.

/** A page that is loaded anew without a server is the browser's own page of errors, and what was typed is gone. */
function isServerThere(): Promise<boolean> {
  return fetch('/healthz', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/**
 * Reads a part. When it is not there a newer server has another one, of which the page learns by being loaded anew: that is
 * done once until the part was there again. null: it is not there, and may be asked for again.
 */
export async function readLate<Part>(name: string, read: () => Promise<Part>): Promise<Part | null> {
  const key = `muster.anew.${name}`;
  try {
    const part = await read();
    sessionStorage.removeItem(key);
    return part;
  } catch {
    if (sessionStorage.getItem(key) !== null || !(await isServerThere())) return null;
    sessionStorage.setItem(key, 'yes');
    location.reload();
    // Whoever waits goes with the page.
    return new Promise<never>(() => {});
  }
}
