// Finds the device a person means: by id, by the beginning of an id, or by host name.
import { fail } from '../errors.ts';
import { type Api, take } from './client.ts';
import { MAX_PAGE_ROWS, type Page, type PageRequest } from './pages.ts';
import type { Device } from './types.ts';

/** Devices that are named when several fit. */
const MAX_NAMED = 10;
/** Devices looked through for the beginning of an id. */
const MAX_SEARCHED = 100_000;

/**
 * The one device of that name or id.
 * @throws MusterError E_NO_MATCH, E_AMBIGUOUS naming the ids, or what the server refuses with
 */
export async function findDevice(api: Api, text: string): Promise<Device> {
  if (/^dev_[a-z2-7]{26}$/.test(text))
    return await take(api.http.GET('/api/v1/devices/{id}', { params: { path: { id: text } } }));
  const byId = /^dev_[a-z2-7]{1,25}$/.test(text) ? await findWhere(api, { id: text }, () => true) : [];
  const found = byId.length > 0 ? byId : await findByName(api, text);
  const chosen = choose(found);
  if (chosen !== undefined) return chosen;
  if (found.length === 0)
    throw fail('E_NO_MATCH', { detail: `No device is called ${text}; muster devices lists all.` });
  const named = found.slice(0, MAX_NAMED).map(({ id, hostname, state }) => `${id} (${hostname}, ${state})`);
  const rest = found.length > MAX_NAMED ? ', …' : '';
  throw fail('E_AMBIGUOUS', {
    detail: `Several devices fit ${text}: ${named.join(', ')}${rest}; use an id, its beginning is enough.`,
  });
}

/** The only one, or the only one that is still managed: a machine that enrolled again keeps its name. */
function choose(found: readonly Device[]): Device | undefined {
  const present = found.filter(({ state }) => state !== 'retired');
  return found.length === 1 ? found[0] : present.length === 1 ? present[0] : undefined;
}

/** Devices of exactly that name; else those whose full name begins with it and a dot. */
async function findByName(api: Api, name: string): Promise<Device[]> {
  if (name === '' || name.length > 253) return [];
  const near = await findWhere(
    api,
    { hostname: name },
    ({ hostname }) => hostname === name || hostname.startsWith(`${name}.`),
  );
  const exact = near.filter(({ hostname }) => hostname === name);
  return exact.length > 0 ? exact : near;
}

async function findWhere(
  api: Api,
  query: DeviceFilter,
  fits: (device: Device) => boolean,
): Promise<Device[]> {
  const found: Device[] = [];
  let next: string | null | undefined;
  for (let seen = 0; next !== null && seen < MAX_SEARCHED && found.length <= MAX_NAMED; ) {
    const page: Page<Device> = await listDevices(api, {
      ...query,
      limit: MAX_PAGE_ROWS,
      ...(next === undefined ? {} : { cursor: next }),
    });
    found.push(...page.items.filter(fits));
    seen += page.items.length;
    next = page.next;
  }
  return found;
}

/** How a list of devices can be ordered; with - the other way round. */
export const deviceSorts = ['hostname', '-hostname', 'id', '-id', 'seen', '-seen'] as const;

/** What a list of devices is narrowed by, and how it is ordered. */
export interface DeviceFilter {
  /** An expression that holds for them. */
  readonly on?: string;
  readonly sort?: (typeof deviceSorts)[number];
  readonly state?: Device['state'];
  readonly hostname?: string;
  /** Beginning of the id. */
  readonly id?: string;
}

/** A page of devices, and how many fit in all; null while the server still reads its devices. */
export interface DevicePage extends Page<Device> {
  readonly count: number | null;
}

/** One page of devices, by host name where no order is given. */
export function listDevices(
  api: Api,
  query: DeviceFilter & PageRequest & { readonly fields?: string },
): Promise<DevicePage> {
  return take(api.http.GET('/api/v1/devices', { params: { query } }));
}
