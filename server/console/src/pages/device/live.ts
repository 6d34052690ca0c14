// Reads again what the stream of changes says has changed of this device.
import type { QueryKey } from '@tanstack/react-query';
import { useAgain } from '../../parts/again.ts';
import { useStream } from '../../parts/stream.ts';
import { keys } from './data.ts';

/** Whether an event is about the device: it names devices, or says only that there were many. */
function concerns(data: unknown, id: string): boolean {
  if (typeof data !== 'object' || data === null) return false;
  if ('many' in data) return true;
  const devices: unknown = 'devices' in data ? data.devices : [];
  return (
    Array.isArray(devices) &&
    devices.some(
      (device: unknown) =>
        typeof device === 'object' && device !== null && 'id' in device && device.id === id,
    )
  );
}

/** Keeps the page as the server knows the device. */
export function useChanges(id: string): void {
  const changed = useAgain();
  const head: QueryKey = [...keys.device(id), 'head'];
  const latest: QueryKey = [...keys.device(id), 'latest'];
  useStream('/api/v1/events', {
    // During a break all that events tell of may have changed. What the device itself was asked for stays: somebody may have paused it.
    open: () => changed(head, latest, keys.runs(id), keys.inventory(id), keys.alerts(id)),
    device: (data) => {
      if (concerns(data, id)) changed(head, latest, keys.runs(id));
    },
    inventory: (data) => {
      if (concerns(data, id)) changed(keys.inventory(id), head);
    },
    alerts: (data) => {
      if (concerns(data, id)) changed(keys.alerts(id));
    },
  });
}
