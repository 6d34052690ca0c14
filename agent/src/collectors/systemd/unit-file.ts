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

interface Assignment {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** Headings, and lines of the keys that are asked for; those without a value only reset a list. */
const LINE =
  /^\[([^\]\n]+)\]|^(Description|User|Type|WantedBy|RequiredBy|UpheldBy|Alias|Also|DefaultInstance)[ \t]*=[ \t]*(\S.*)$/gm;

/** The assignments of these keys with the section they stand in. */
function listAssignments(text: string): Assignment[] {
  const assignments: Assignment[] = [];
  let section = '';
  // A backslash at the end of a line goes on in the next one.
  const joined = text.includes('\\') ? text.replace(/\\\r?\n\s*/g, ' ') : text;
  for (const [, heading, key, value] of joined.matchAll(LINE)) {
    if (heading !== undefined) section = heading;
    else if (key !== undefined && value !== undefined)
      assignments.push({ section, key, value: value.trim().replace(/\s+/g, ' ') });
  }
  return assignments;
}

/** Parses a unit file; unknown sections and keys are passed over, the first value of a key counts. */
export function parseUnitFile(text: string): UnitFile {
  const assignments = listAssignments(text);
  const find = (wanted: string, name: string) =>
    assignments.find(({ section, key }) => section === wanted && key === name)?.value ?? null;
  const install = assignments.filter(({ section }) => section === 'Install').map(({ key }) => key);
  const others = install.some((key) => OTHER_LINKS.has(key)) ? 'others' : 'none';
  return {
    description: find('Unit', 'Description'),
    user: find('Service', 'User'),
    isOneShot: find('Service', 'Type') === 'oneshot',
    install: install.some((key) => OWN_LINKS.has(key)) ? 'own' : others,
    isEmpty: text.trim() === '',
  };
}
