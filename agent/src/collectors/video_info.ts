// Graphics cards, which no file names in words: asked of the probe, and only when somebody looks.
import { type RowOf, videoInfoSection } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { MINUTE_MS } from './formats/attributes.ts';

const MIB = 1024 * 1024;
/** Cards listed. */
const MAX_ROWS = 64;

type Row = RowOf<typeof videoInfoSection>;

function toText(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** Rows of the probe's answer; null when it has another form. */
export function parseGraphics(answer: unknown): Row[] | null {
  if (typeof answer !== 'object' || answer === null || !('controllers' in answer)) return null;
  const { controllers } = answer;
  if (!Array.isArray(controllers)) return null;
  const rows: Row[] = [];
  for (const controller of controllers.slice(0, MAX_ROWS) as Record<string, unknown>[]) {
    const model = toText(controller?.model);
    if (model === null) continue;
    const { vram } = controller;
    rows.push({
      manufacturer: toText(controller.vendor),
      model,
      bus_address: toText(controller.busAddress),
      driver_version: toText(controller.driverVersion),
      // systeminformation counts in MiB.
      video_memory: typeof vram === 'number' && vram > 0 ? Math.round(vram * MIB) : null,
    });
  }
  return rows;
}

export const videoInfo: Collector<(typeof videoInfoSection)['columns']> = {
  section: videoInfoSection,
  everyMs: MINUTE_MS,
  timeoutMs: MINUTE_MS,
  async collect({ probe }) {
    if (probe === null) return { outcome: 'no-data', reason: 'The probe is not available here.' };
    const rows = parseGraphics(await probe.ask('graphics'));
    if (rows === null) return { outcome: 'error', reason: 'The probe answered in an unknown form.' };
    if (rows.length === 0)
      return { outcome: 'no-data', reason: 'This device has no graphics card that the system names.' };
    return { outcome: 'ok', rows };
  },
};
