// Names of time zones, as the calendar of the machine knows them.
import { DEVICE_ZONE } from './window.ts';

/** Area and place, `Europe/Berlin`, or UTC. Abbreviations as CET and plain offsets say nothing of when clocks are changed. */
const NAME = /^(?:UTC|[A-Z][A-Za-z]+(?:\/[A-Za-z0-9_+-]+){1,2})$/;

/** Whether that names a zone here. */
export function isZone(name: string): boolean {
  if (!NAME.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false; // the only word of Intl for it
    throw error;
  }
}

/** The zone that this machine is set to; UTC where it is set to none that has a name. */
export function readOwnZone(): string {
  const { timeZone } = new Intl.DateTimeFormat('en').resolvedOptions();
  return isZone(timeZone) ? timeZone : 'UTC';
}

/** The zone in which something is reckoned on a device that is set to `own`. */
export function zoneOf(zone: string, own: string): string {
  return zone === DEVICE_ZONE ? own : zone;
}
