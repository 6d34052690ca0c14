// Parts that are loaded after the page: one that the server does not have any more must not take the page with it.

/** A page that is loaded anew without a server is the browser's own page of errors, and what was typed is gone. */
function isServerThere(): Promise<boolean> {
  return fetch('/healthz', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** What browsers say of a module that did not come ends with its address. */
const MISSED = /module: (https?:\/\/\S+)$/;
/** How often it did not come, by address. */
const misses = new Map<string, number>();

/**
 * Loads a module. Browsers keep in mind for the life of a page that none came from an address, and ask there no second time: from the
 * second time on it is asked for under one that is new to them.
 */
export async function loadAgain<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const [, address] = MISSED.exec(error instanceof Error ? error.message : '') ?? [];
    if (address === undefined) throw error;
    const times = misses.get(address) ?? 0;
    misses.set(address, times + 1);
    if (times === 0) throw error;
    return import(/* @vite-ignore */ `${address}?again=${times}`);
  }
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
