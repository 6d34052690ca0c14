// The folders in which systemd looks for units, what lies in them, and which links enable what.
import type { Files } from '../../platform/files.ts';

const ADMIN = '/etc/systemd/system';
const RUNTIME = '/run/systemd/system';
const GENERATED = [
  '/run/systemd/generator.early',
  '/run/systemd/generator',
  '/run/systemd/generator.late',
] as const;
const VENDOR = ['/usr/local/lib/systemd/system', '/usr/lib/systemd/system'] as const;
/** Units of one device; a desktop has about 500. */
const MAX_UNITS = 5_000;

const UNIT = /^[^/]+\.(service|socket|target|timer|mount|automount|path|slice|swap)$/;
const LINKS = /\.(wants|requires|upholds)$/;

/** Where a unit file lies, and whether it is a link. */
export interface UnitPlace {
  readonly id: string;
  readonly path: string;
  readonly isGenerated: boolean;
  /** Target of the link; null for a real file. */
  readonly link: string | null;
}

/** Everything that the folders say without opening a unit file. */
export interface UnitFolders {
  /** By unit id, the place that counts: earlier folders hide later ones. */
  readonly places: ReadonlyMap<string, UnitPlace>;
  /** Ids that links of the administrator enable; templates by their instances too. */
  readonly enabled: ReadonlySet<string>;
  /** The same of links that last until the next start. */
  readonly enabledRuntime: ReadonlySet<string>;
  /** Instances of templates that are enabled: `getty@tty1.service` → `getty@.service`. */
  readonly instances: ReadonlyMap<string, string>;
  /** Names of overriding files by unit id. */
  readonly dropIns: ReadonlyMap<string, readonly string[]>;
}

/** Folders in the order of systemd.unit(5). Where /lib is a link to /usr/lib, it is the same folder again. */
export async function listUnitFolders(files: Files): Promise<readonly string[]> {
  const [early, normal, late] = GENERATED;
  const separate = (await files.readLink('/lib')) === null ? ['/lib/systemd/system'] : [];
  return [ADMIN, RUNTIME, early, ...VENDOR, ...separate, normal, late];
}

/** The template of an instance; null for other units. */
export function templateOf(id: string): string | null {
  const match = /^(.+@).+(\.[a-z]+)$/.exec(id);
  return match === null ? null : `${match[1]}${match[2]}`;
}

function isLinkTo(link: string | null, id: string): boolean {
  return link !== null && link !== '/dev/null' && link.slice(link.lastIndexOf('/') + 1) !== id;
}

/** Reads the names and links of all folders; about 300 links on a server. */
export async function readUnitFolders(files: Files): Promise<UnitFolders> {
  const places = new Map<string, UnitPlace>();
  const enabled = new Set<string>();
  const enabledRuntime = new Set<string>();
  const instances = new Map<string, string>();
  const dropIns = new Map<string, string[]>();

  function enable(id: string, into: Set<string>) {
    into.add(id);
    const template = templateOf(id);
    if (template === null) return;
    into.add(template);
    instances.set(id, template);
  }

  for (const folder of await listUnitFolders(files)) {
    const isGenerated = folder.startsWith('/run/systemd/generator');
    const links = folder === ADMIN ? enabled : folder.startsWith('/run/') ? enabledRuntime : null;
    for (const id of await files.list(folder)) {
      const path = `${folder}/${id}`;
      if (LINKS.test(id)) {
        for (const name of links === null ? [] : await files.list(path))
          if (links !== null && UNIT.test(name)) enable(name, links);
      } else if (id.endsWith('.d') && links !== null) {
        const names = (await files.list(path)).filter((name) => name.endsWith('.conf'));
        const unit = id.slice(0, -2);
        if (names.length > 0) dropIns.set(unit, [...(dropIns.get(unit) ?? []), ...names]);
      } else if (UNIT.test(id) && places.size < MAX_UNITS) {
        const link = await files.readLink(path);
        // A second name made by enabling (Alias=) enables the unit it leads to; default.target is chosen, not enabled.
        if (links !== null && id !== 'default.target' && isLinkTo(link, id))
          enable(link?.slice(link.lastIndexOf('/') + 1) ?? id, links);
        if (!places.has(id)) places.set(id, { id, path, isGenerated, link });
      }
    }
  }
  return { places, enabled, enabledRuntime, instances, dropIns };
}

/** Folders whose time says whether units were added, removed, enabled or overridden. */
export async function listStampPaths(files: Files): Promise<string[]> {
  const paths: string[] = [...(await listUnitFolders(files))];
  for (const folder of [ADMIN, RUNTIME]) {
    for (const name of await files.list(folder)) {
      if (LINKS.test(name) || name.endsWith('.d')) paths.push(`${folder}/${name}`);
    }
  }
  return paths;
}
