// The facts of one device as an expression sees them: derived from its inventory by the code that judges expressions.
import {
  type DeviceValues,
  deriveFacts,
  type FactSections,
  listFacts,
  type NamedFact,
} from '@muster/protocol/language';
import { take } from '../api/client.ts';
import { collectPages } from '../api/pages.ts';
import type { Device, Row } from '../api/types.ts';
import type { Session } from '../session.ts';

/** A fact with its value on a device; null: it is absent. Times are RFC 3339. */
export interface ValuedFact extends Pick<NamedFact, 'name' | 'type' | 'source' | 'description'> {
  readonly value: string | number | boolean | null;
}

/** Sections that facts come from, as their origin says: `os_version.platform, …`. */
function sectionNames(): string[] {
  const names = listFacts().flatMap(({ origin }) => /^([a-z_]+)\./.exec(origin)?.[1] ?? []);
  return [...new Set(names)];
}

/** Rows of a section that are read: addresses of containers may be many, all else is short. */
const MAX_ROWS = 10_000;

async function readRows({ api }: Session, id: string, section: string): Promise<Row[]> {
  const { items } = await collectPages(
    (query) =>
      take(
        api.http.GET('/api/v1/devices/{id}/inventory/{section}', {
          params: { path: { id, section }, query },
        }),
      ),
    { wanted: MAX_ROWS },
  );
  return items;
}

/** Sections by name; those the device has not sent are left out. */
async function readSections(session: Session, id: string) {
  const wanted = new Set(sectionNames());
  const { sections, storedAt } = await take(
    session.api.http.GET('/api/v1/devices/{id}/inventory', { params: { path: { id } } }),
  );
  const held = sections.filter(({ name, outcome }) => wanted.has(name) && outcome === 'ok');
  const rows = await Promise.all(
    held.map(async ({ name }) => [name, await readRows(session, id, name)] as const),
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

function formatValue({ type }: NamedFact, value: DeviceValues[keyof DeviceValues]): ValuedFact['value'] {
  return type === 'timestamp' && typeof value === 'number' ? new Date(value).toISOString() : (value ?? null);
}

/** All facts of the device by name, and when it last reported a change of its inventory (RFC 3339; null: never). */
export async function readDeviceValues(
  session: Session,
  device: Device,
): Promise<{ readonly values: DeviceValues; readonly inventoryAt: string | null }> {
  const { sections, storedAt } = await readSections(session, device.id);
  const values = {
    // Until it has reported one, the name that it enrolled under.
    hostname: device.hostname,
    ...deriveFacts(sections),
    ...serverValues(device, session.terminal.now()),
  };
  return { values, inventoryAt: storedAt };
}

/** All facts of the device, then its labels. */
export async function readDeviceFacts(session: Session, device: Device): Promise<ValuedFact[]> {
  const { values } = await readDeviceValues(session, device);
  const byName = new Map(Object.entries(values));
  const facts = listFacts().map((fact) => ({
    name: fact.name,
    type: fact.type,
    source: fact.source,
    description: fact.description,
    value: formatValue(fact, byName.get(fact.name)),
  }));
  const labels = Object.entries(device.labels).map(([key, value]) => ({
    name: `label(${JSON.stringify(key)})`,
    type: 'string' as const,
    source: 'server' as const,
    description: 'Label of the device.',
    value,
  }));
  return [...facts, ...labels];
}
