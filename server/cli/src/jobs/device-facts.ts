// The facts of one device as `muster facts` shows them.
import { type DeviceValues, listFacts, type NamedFact } from '@muster/protocol/language';
import type { Asking } from '../api/asking.ts';
import { take } from '../api/client.ts';
import type { Device } from '../api/types.ts';
import type { Session } from '../session.ts';
import { readDeviceValues } from './device-values.ts';

/** A fact with its value on a device; null: it is absent. Times are RFC 3339. */
export interface ValuedFact extends Pick<NamedFact, 'name' | 'type' | 'source' | 'description'> {
  readonly value: string | number | boolean | null;
}

/** The terminal's way to its server. */
export function askingOf({ api, terminal }: Session): Asking {
  return { http: api.http, take, now: terminal.now };
}

function formatValue({ type }: NamedFact, value: DeviceValues[keyof DeviceValues]): ValuedFact['value'] {
  return type === 'timestamp' && typeof value === 'number' ? new Date(value).toISOString() : (value ?? null);
}

/** All facts of the device, then its labels. */
export async function readDeviceFacts(session: Session, device: Device): Promise<ValuedFact[]> {
  const { values } = await readDeviceValues(askingOf(session), device);
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
