// systemd by systemctl: state by properties, changes by exact unit names.
import type { KindContext } from '../kind.ts';
import { filesOf, look } from '../programs/find.ts';
import { CHANGE_MS, type ServiceManager, type ServiceState } from './manager.ts';

/** Where systemctl lies. */
export const systemctlPaths = ['/usr/bin/systemctl', '/bin/systemctl'] as const;

const PROPERTIES =
  'Id,LoadState,ActiveState,Type,UnitFileState,ActiveEnterTimestampMonotonic,RefuseManualStart';

/** Output about many units that is read, bytes. */
const MAX_SHOWN_BYTES = 1024 * 1024;

/** Unit file states that mean "starts with the machine". */
const ENABLED = new Set(['enabled', 'enabled-runtime', 'linked', 'linked-runtime', 'alias']);

function isEnabled(unitFileState: string): boolean | null {
  if (ENABLED.has(unitFileState)) return true;
  return unitFileState === 'disabled' ? false : null;
}

/** Reads `Name=value` lines of `systemctl show`; null for a unit that does not exist. */
export function parseUnit(output: string): ServiceState | null {
  const values = new Map(
    output.split('\n').map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]),
  );
  const value = (name: string) => values.get(name) ?? '';
  const load = value('LoadState');
  if (load === '' || load === 'not-found') return null;
  const since = Number(value('ActiveEnterTimestampMonotonic'));
  const manual = value('RefuseManualStart') === 'yes' ? 'may only be started by others' : '';
  return {
    id: value('Id'),
    active: ['active', 'activating', 'reloading', 'refreshing'].includes(value('ActiveState')),
    enabled: isEnabled(value('UnitFileState')),
    blocked: load === 'masked' ? 'is masked by the owner of the device' : manual,
    endsByItself: value('Type') === 'oneshot',
    activeSinceBootMs: since > 0 ? since / 1000 : null,
    isNewInstance: false,
  };
}

/** State below a root that is not running: only whether the unit is enabled can be told. */
async function readOffline(
  context: KindContext,
  systemctl: string,
  unit: string,
): Promise<ServiceState | null> {
  const { output } = await context.read(
    look(systemctl, [`--root=${context.root}`, 'is-enabled', '--', unit]),
  );
  const word = output.trim().split('\n').at(-1) ?? '';
  if (!/^[a-z-]+$/.test(word)) return null;
  const blocked = word.startsWith('masked') ? 'is masked by the owner of the device' : '';
  return {
    id: unit,
    active: false,
    enabled: isEnabled(word),
    blocked,
    endsByItself: false,
    activeSinceBootMs: null,
    isNewInstance: false,
  };
}

/** Folders of units; below them links say what starts with what. */
const UNIT_FOLDERS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

/** True when something here starts exactly that unit. Properties will not do: old versions say of every instance what is true of one. */
async function isLinked(context: KindContext, unit: string): Promise<boolean> {
  const files = filesOf(context);
  for (const folder of UNIT_FOLDERS)
    for (const name of await files.list(folder)) {
      if (!/\.(?:wants|requires|upholds)$/.test(name)) continue;
      if ((await files.readLink(`${folder}/${name}/${unit}`)) !== null) return true;
    }
  return false;
}

/** systemd writes the text behind the `@` into the command line, and `-` in it may become `/`: a new one would be somebody's argument. */
async function withInstance(
  context: KindContext,
  unit: string,
  state: ServiceState | null,
): Promise<ServiceState | null> {
  if (state === null || state.active || !unit.includes('@')) return state;
  return { ...state, isNewInstance: !(await isLinked(context, unit)) };
}

async function show(context: KindContext, systemctl: string, units: readonly string[]): Promise<string> {
  const args = ['show', '--no-pager', `--property=${PROPERTIES}`, '--', ...units];
  return (await context.read({ ...look(systemctl, args), maxOutputBytes: MAX_SHOWN_BYTES })).output;
}

/** systemd on a root. */
export function createSystemd(systemctl: string): ServiceManager {
  async function readState(context: KindContext, unit: string): Promise<ServiceState | null> {
    const state =
      context.root === ''
        ? parseUnit(await show(context, systemctl, [unit]))
        : await readOffline(context, systemctl, unit);
    return withInstance(context, unit, state);
  }
  return {
    name: 'systemd',
    readState,
    async readStates(context, units) {
      const output = context.root === '' ? await show(context, systemctl, units) : '';
      const blocks = output.trim().split(/\n\n+/);
      const states: (ServiceState | null)[] = [];
      // A name that is none has no block: then nobody knows which is whose, and each is asked about alone.
      const isWhole = blocks.length === units.length && output !== '';
      for (const [at, unit] of units.entries())
        states.push(
          isWhole
            ? await withInstance(context, unit, parseUnit(blocks[at] ?? ''))
            : await readState(context, unit),
        );
      return states;
    },
    async change({ root }, verb, unit) {
      const where = root === '' ? [] : [`--root=${root}`];
      return {
        path: systemctl,
        args: [...where, '--no-ask-password', '--no-pager', verb, '--', unit],
        timeoutMs: CHANGE_MS,
      };
    },
  };
}
