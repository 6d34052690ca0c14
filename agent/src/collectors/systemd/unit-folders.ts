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
async function listUnitFolders(files: Files): Promise<readonly string[]> {
  const [early, normal, late] = GENERATED;
  const separate = (await files.readLink('/lib')) === null ? ['/lib/systemd/system'] : [];
  return [ADMIN, RUNTIME, early, ...VENDOR, ...separate, normal, late];
}

/** The template of an instance; null for other units. */
function templateOf(id: string): string | null {
  const match = /^(.+@).+(\.[a-z]+)$/.exec(id);
  return match === null ? null : `${match[1]}${match[2]}`;
}

/** What is being filled while folders are read. */
interface Found extends UnitFolders {
  readonly places: Map<string, UnitPlace>;
  readonly enabled: Set<string>;
  readonly enabledRuntime: Set<string>;
  readonly instances: Map<string, string>;
  readonly dropIns: Map<string, readonly string[]>;
}

/** A folder, and the set that its links go into; null for the vendor's, whose links enable nothing. */
interface Source {
  readonly folder: string;
  readonly isGenerated: boolean;
  readonly links: Set<string> | null;
}

function enable(found: Found, links: Set<string>, id: string) {
  links.add(id);
  const template = templateOf(id);
  if (template === null) return;
  links.add(template);
  found.instances.set(id, template);
}

/** Takes a unit's place, unless an earlier folder has it. */
function addPlace(
  found: Found,
  { folder, isGenerated, links }: Source,
  unit: Pick<UnitPlace, 'id' | 'link'>,
) {
  const { id, link } = unit;
  // A second name made by enabling (Alias=) enables the unit it leads to; default.target is chosen, not enabled.
  const target = link?.slice(link.lastIndexOf('/') + 1) ?? id;
  const isAlias = target !== id && link !== '/dev/null' && id !== 'default.target';
  if (links !== null && isAlias) enable(found, links, target);
  if (found.places.has(id) || found.places.size >= MAX_UNITS) return;
  found.places.set(id, { id, path: `${folder}/${id}`, isGenerated, link });
}

async function addEntry(files: Files, found: Found, { source, name }: { source: Source; name: string }) {
  const { folder, links } = source;
  const path = `${folder}/${name}`;
  if (UNIT.test(name)) return addPlace(found, source, { id: name, link: await files.readLink(path) });
  if (links === null) return;
  if (LINKS.test(name)) {
    for (const id of await files.list(path)) if (UNIT.test(id)) enable(found, links, id);
  } else if (name.endsWith('.d')) {
    const names = (await files.list(path)).filter((file) => file.endsWith('.conf'));
    const unit = name.slice(0, -2);
    if (names.length > 0) found.dropIns.set(unit, [...(found.dropIns.get(unit) ?? []), ...names]);
  }
}

/** Reads the names and links of all folders; about 300 links on a server. */
export async function readUnitFolders(files: Files): Promise<UnitFolders> {
  const found: Found = {
    places: new Map(),
    enabled: new Set(),
    enabledRuntime: new Set(),
    instances: new Map(),
    dropIns: new Map(),
  };
  for (const folder of await listUnitFolders(files)) {
    const runtime = folder.startsWith('/run/') ? found.enabledRuntime : null;
    const links = folder === ADMIN ? found.enabled : runtime;
    const source = { folder, isGenerated: folder.startsWith('/run/systemd/generator'), links };
    for (const name of await files.list(folder)) await addEntry(files, found, { source, name });
  }
  return found;
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
