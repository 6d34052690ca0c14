// Keeps alert states over a restart, so that what fired before does not fire again.
import type { Storage } from '../platform/storage.ts';
import type { AlertState } from './alert-state.ts';
import { MAX_ALERT_FILE_BYTES } from './limits.ts';
import type { RestoredAlerts } from './thresholds.ts';

/** Name of the file in the state folder. */
export const ALERT_FILE = 'alerts.json';

const texts = ['rule', 'series'] as const;
const numbers = ['threshold', 'heldMs', 'sinceMs', 'silentMs', 'value'] as const;
const phases: readonly unknown[] = ['ok', 'pending', 'firing', 'clearing'];
const severities: readonly unknown[] = ['warning', 'critical'];

function isState(value: unknown): value is AlertState {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return (
    texts.every((name) => typeof fields.get(name) === 'string') &&
    numbers.every((name) => Number.isFinite(fields.get(name))) &&
    phases.includes(fields.get('phase')) &&
    severities.includes(fields.get('severity'))
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // a damaged file is as good as none: alerts still open fire once more, which the server knows to be the same
    return null;
  }
}

/** Reads the file's text; states that are not well-formed are left out. */
export function parseAlertFile(text: string, nowMs: number): RestoredAlerts {
  const file = parseJson(text);
  if (typeof file !== 'object' || file === null || !('atMs' in file) || !('states' in file)) {
    return { states: [], agoMs: Number.NaN };
  }
  const { atMs, states } = file;
  return {
    states: Array.isArray(states) ? states.filter(isState) : [],
    agoMs: typeof atMs === 'number' ? nowMs - atMs : Number.NaN,
  };
}

/** Reads the states; none where there is no file. */
export async function readAlertFile(storage: Storage, path: string, nowMs: number): Promise<RestoredAlerts> {
  const bytes = await storage.readRange(path, 0, MAX_ALERT_FILE_BYTES);
  return parseAlertFile(bytes === null ? '' : new TextDecoder().decode(bytes), nowMs);
}

/** Text of the file. */
export function formatAlertFile(states: readonly AlertState[], atMs: number): string {
  return JSON.stringify({ atMs, states });
}
