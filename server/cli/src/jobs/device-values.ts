// What expressions read of one device: its facts, derived from its inventory by the code that judges expressions. Runs in a page too.
import { type DeviceValues, deriveFacts, type FactSections, listFacts } from '@muster/protocol/language';
import type { Asking } from '../api/asking.ts';
import { collectPages } from '../api/pages.ts';
import type { Device, Row } from '../api/types.ts';

/** Sections that facts come from, as their origin says: `os_version.platform, …`. */
function sectionNames(): string[] {
  const names = listFacts().flatMap(({ origin }) => /^([a-z_]+)\./.exec(origin)?.[1] ?? []);
  return [...new Set(names)];
}

/** Rows of a section that are read: addresses of containers may be many, all else is short. */
const MAX_ROWS = 10_000;

async function readRows({ http, take }: Asking, id: string, section: string): Promise<Row[]> {
  const { items } = await collectPages(
    (query) =>
      take(
        http.GET('/api/v1/devices/{id}/inventory/{section}', {
          params: { path: { id, section }, query },
        }),
      ),
    { wanted: MAX_ROWS },
  );
  return items;
}

/** Sections by name; those the device has not sent are left out. */
async function readSections(asking: Asking, id: string) {
  const wanted = new Set(sectionNames());
  const { sections, storedAt } = await asking.take(
    asking.http.GET('/api/v1/devices/{id}/inventory', { params: { path: { id } } }),
  );
  const held = sections.filter(({ name, outcome }) => wanted.has(name) && outcome === 'ok');
  const rows = await Promise.all(
    held.map(async ({ name }) => [name, await readRows(asking, id, name)] as const),
  );
  return { sections: Object.fromEntries(rows) satisfies FactSections, storedAt };
}

/** What the server itself knows of it. */
function serverValues({ id, state, presence, enrolledAt, lastSeenAt }: Device, nowMs: number): DeviceValues {
  const seenMs = presence === 'online' ? nowMs : lastSeenAt === null ? null : Date.parse(lastSeenAt);
  return {
    id,
    state,
    presence,
    enrolled_at: Date.parse(enrolledAt),
    ...(seenMs === null ? {} : { seen_at: seenMs }),
  };
}

/** All facts of the device by name, and when it last reported a change of its inventory (RFC 3339; null: never). */
export async function readDeviceValues(
  asking: Asking,
  device: Device,
): Promise<{ readonly values: DeviceValues; readonly inventoryAt: string | null }> {
  const { sections, storedAt } = await readSections(asking, device.id);
  const values = {
    // Until it has reported one, the name that it enrolled under.
    hostname: device.hostname,
    ...deriveFacts(sections),
    ...serverValues(device, asking.now()),
  };
  return { values, inventoryAt: storedAt };
}
