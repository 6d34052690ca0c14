// How the services stand that rules ask about: by one program for all of them, or by unit files below another root.
import { parseUnitFile } from '../../../collectors/systemd/unit-file.ts';
import { readUnitFolders } from '../../../collectors/systemd/unit-folders.ts';
import type { Files } from '../../../platform/files.ts';
import type { KindContext } from '../../kinds/kind.ts';
import { findServiceManager, unitName } from '../../kinds/services/course.ts';
import type { ServiceManager, ServiceState } from '../../kinds/services/manager.ts';

/** How a service stands, as far as rules ask. */
export type ServiceFact = Pick<ServiceState, 'active' | 'enabled' | 'blocked'>;

/** The services of the device. */
export interface ServiceFacts {
  /** Null: there is none of that name. */
  find(name: string): Promise<ServiceFact | null>;
}

/** Units below a root where nothing runs: their files and links say what would start with it. */
async function readUnitFiles(files: Files): Promise<ServiceFacts> {
  const folders = await readUnitFolders(files);
  return {
    async find(name) {
      const template = name.replace(/@[^.]*\./, '@.');
      const place = folders.places.get(name) ?? folders.places.get(template);
      if (place === undefined) return null;
      const text = place.link === '/dev/null' ? '' : ((await files.readText(place.path)) ?? '');
      const file = parseUnitFile(text);
      const isMasked = file.isEmpty && (place.link === '/dev/null' || place.link === null);
      if (isMasked) return { active: false, enabled: null, blocked: 'is masked by the owner of the device' };
      const isEnabled = folders.enabled.has(name) || folders.enabledRuntime.has(name);
      const enabled = isEnabled ? true : file.install === 'own' ? false : null;
      return { active: false, enabled, blocked: '' };
    },
  };
}

/** Those of init scripts say it themselves, each by a program of its own. */
function askOneByOne(context: KindContext, manager: ServiceManager): ServiceFacts {
  const asked = new Map<string, Promise<ServiceFact | null>>();
  return {
    find(name) {
      const found = asked.get(name) ?? manager.readState(context, unitName(name, manager));
      asked.set(name, found);
      return found;
    },
  };
}

/** Asks about these services. Null: no service manager that is known. */
export async function readServiceFacts(
  context: KindContext,
  files: Files,
  names: readonly string[],
): Promise<ServiceFacts | null> {
  const manager = await findServiceManager(context);
  if (manager === null) return null;
  if (manager.name === 'systemd' && context.root !== '') return readUnitFiles(files);
  if (manager.readStates === undefined) return askOneByOne(context, manager);
  // Rules name units with their types, which a systemd knows all of.
  const units = [...new Set(names)];
  const states = await manager.readStates(context, units);
  const byName = new Map(units.map((name, at) => [name, states[at] ?? null]));
  return { find: async (name) => byName.get(name) ?? null };
}
