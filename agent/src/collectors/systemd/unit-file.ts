// What a unit file of systemd says, as far as the inventory asks (systemd.unit(5), systemd.service(5)).

/** Facts of one unit file. */
export interface UnitFile {
  readonly description: string | null;
  readonly user: string | null;
  /** Runs once and ends; its being inactive says nothing. */
  readonly isOneShot: boolean;
  /** What [Install] offers: links of its own, only those of other units, or nothing. */
  readonly install: 'own' | 'others' | 'none';
  /** An empty file hides a unit just as a link to /dev/null does. */
  readonly isEmpty: boolean;
}

const OWN_LINKS = new Set(['WantedBy', 'RequiredBy', 'UpheldBy', 'Alias']);
const OTHER_LINKS = new Set(['Also', 'DefaultInstance']);

/** Parses a unit file; unknown sections and keys are passed over, the first value of a key counts. */
export function parseUnitFile(text: string): UnitFile {
  const values = new Map<string, string>();
  let section = '';
  let install: UnitFile['install'] = 'none';
  // A backslash at the end of a line goes on in the next one.
  for (const line of text.replace(/\\\r?\n\s*/g, ' ').split('\n')) {
    const heading = /^\[(.+)\]\s*$/.exec(line);
    if (heading) section = heading[1] ?? '';
    const [, key, value] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key === undefined || !value) continue;
    if (section === 'Install' && OWN_LINKS.has(key)) install = 'own';
    else if (section === 'Install' && OTHER_LINKS.has(key) && install === 'none') install = 'others';
    const name = `${section}.${key}`;
    if (!values.has(name)) values.set(name, value.trim().replace(/\s+/g, ' '));
  }
  return {
    description: values.get('Unit.Description') ?? null,
    user: values.get('Service.User') ?? null,
    isOneShot: values.get('Service.Type') === 'oneshot',
    install,
    isEmpty: text.trim() === '',
  };
}
