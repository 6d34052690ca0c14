// Services, timers and other units: which are installed, enabled, overridden, and which of the lasting ones run.
import { type RowOf, systemdUnitsSection } from '@muster/protocol';
import type { CollectContext, Collector } from './collector.ts';
import { MINUTE_MS, readStamp } from './formats/attributes.ts';
import { readRunning } from './systemd/running.ts';
import { parseUnitFile, type UnitFile } from './systemd/unit-file.ts';
import { listStampPaths, readUnitFolders, type UnitFolders, type UnitPlace } from './systemd/unit-folders.ts';

type Row = RowOf<typeof systemdUnitsSection>;

/** Unit files are small; of a larger one the beginning says enough, bytes. */
const MAX_UNIT_BYTES = 16 * 1024;

interface KnownUnit {
  readonly file: UnitFile;
  readonly path: string;
  readonly state: string;
}

const nothing: UnitFile = {
  description: null,
  user: null,
  isOneShot: false,
  install: 'none',
  isEmpty: false,
};

/** The words of `systemctl list-unit-files`. */
function nameState(place: UnitPlace, file: UnitFile, folders: UnitFolders): string {
  const { id, link, isGenerated } = place;
  if (link === '/dev/null' || (link === null && file.isEmpty)) return 'masked';
  if (link !== null && link.slice(link.lastIndexOf('/') + 1) !== id) return 'alias';
  if (folders.enabled.has(id)) return 'enabled';
  if (folders.enabledRuntime.has(id) && !isGenerated) return 'enabled-runtime';
  if (isGenerated) return 'generated';
  if (link !== null && place.path.startsWith('/etc/')) return 'linked';
  return { own: 'disabled', others: 'indirect', none: 'static' }[file.install];
}

/**
 * Whether a unit runs: known for services that are enabled and meant to stay. One-shot and on-demand services start
 * and end by themselves all day, which is no change of the device.
 */
function nameRunState(id: string, unit: KnownUnit, running: ReadonlySet<string> | null): string | null {
  const lasting = id.endsWith('.service') && !id.includes('@.') && !unit.file.isOneShot;
  if (running === null || !lasting || !unit.state.startsWith('enabled')) return null;
  return running.has(id) ? 'active' : 'inactive';
}

async function readUnitFile({ files }: CollectContext, { link, path }: UnitPlace): Promise<UnitFile> {
  // The target of a link is a unit of its own, or the null device.
  if (link === '/dev/null') return nothing;
  const text = await files.readText(path, MAX_UNIT_BYTES);
  return text === null ? nothing : parseUnitFile(text);
}

async function readRows(context: CollectContext, folders: UnitFolders): Promise<Row[]> {
  const running = await readRunning(context.files);
  const rows: Row[] = [];
  const known = new Map<string, KnownUnit>();
  const toRow = (id: string, unit: KnownUnit): Row => ({
    id,
    description: unit.file.description,
    unit_file_state: unit.state,
    active_state: nameRunState(id, unit, running),
    fragment_path: unit.path,
    user: unit.file.user,
    drop_ins: folders.dropIns.get(id)?.join(',') ?? null,
  });
  for (const place of folders.places.values()) {
    const file = await readUnitFile(context, place);
    const unit = { file, path: place.path, state: nameState(place, file, folders) };
    known.set(place.id, unit);
    rows.push(toRow(place.id, unit));
  }
  for (const [id, template] of folders.instances) {
    const unit = known.get(template);
    if (unit === undefined || known.has(id)) continue;
    rows.push(toRow(id, { ...unit, state: folders.enabled.has(id) ? 'enabled' : 'enabled-runtime' }));
  }
  return rows;
}

/** Section `systemd_units`. */
export const systemdUnits: Collector<(typeof systemdUnitsSection)['columns']> = {
  section: systemdUnitsSection,
  everyMs: 5 * MINUTE_MS,
  timeoutMs: 20_000,
  async stamp({ files }) {
    const running = await readRunning(files);
    return `${await readStamp(files, await listStampPaths(files))} ${[...(running ?? [])].join(' ')}`;
  },
  async collect(context) {
    const rows = await readRows(context, await readUnitFolders(context.files));
    if (rows.length === 0)
      return {
        outcome: 'no-data',
        reason: 'This system has no systemd units; another service manager runs it.',
      };
    return { outcome: 'ok', rows };
  },
};
