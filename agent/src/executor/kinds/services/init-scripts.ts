// OpenRC and sysv: services are scripts in /etc/init.d.
import type { Ended, KindContext } from '../kind.ts';
import { filesOf, findProgram, look } from '../programs/find.ts';
import { CHANGE_MS, type ServiceManager, type ServiceState } from './manager.ts';

/** Where OpenRC and sysv keep what they need. */
export const rcServicePaths = ['/sbin/rc-service', '/usr/sbin/rc-service'] as const;
const rcUpdatePaths = ['/sbin/rc-update', '/usr/sbin/rc-update'] as const;
const updateRcPaths = ['/usr/sbin/update-rc.d'] as const;

async function hasScript(context: KindContext, service: string): Promise<boolean> {
  const facts = await filesOf(context).stat(`/etc/init.d/${service}`);
  return facts?.isFile() === true && (facts.mode & 0o111) !== 0;
}

/** LSB: a script's `status` exits with 0 when it runs, 3 when it does not. */
function stateOf(service: string, { exit }: Ended, enabled: boolean | null): ServiceState {
  return {
    id: service,
    active: exit === 0,
    enabled,
    blocked: '',
    endsByItself: false,
    activeSinceBootMs: null,
    isNewInstance: false,
  };
}

/** OpenRC. */
export function createOpenrc(rcService: string): ServiceManager {
  return {
    name: 'openrc',
    async readState(context, service) {
      if (!(await hasScript(context, service))) return null;
      const enabled = (await filesOf(context).list('/etc/runlevels/default')).includes(service);
      return stateOf(service, await context.read(look(rcService, ['--', service, 'status'])), enabled);
    },
    async change(context, verb, service) {
      if (verb !== 'enable' && verb !== 'disable')
        return { path: rcService, args: ['--', service, verb], timeoutMs: CHANGE_MS };
      const path = await findProgram(context, rcUpdatePaths);
      const args = [verb === 'enable' ? 'add' : 'del', '--', service, 'default'];
      return path === null ? null : { path, args, timeoutMs: CHANGE_MS };
    },
  };
}

async function startsWithMachine(context: KindContext, service: string): Promise<boolean> {
  const levels = await Promise.all([2, 3, 4, 5].map((level) => filesOf(context).list(`/etc/rc${level}.d`)));
  return levels.flat().some((name) => /^S\d\d/.test(name) && name.slice(3) === service);
}

/** Scripts in /etc/init.d without a manager. */
export function createSysv(): ServiceManager {
  return {
    name: 'sysv',
    async readState(context, service) {
      if (!(await hasScript(context, service))) return null;
      const ended = await context.read(look(`${context.root}/etc/init.d/${service}`, ['status']));
      return stateOf(service, ended, await startsWithMachine(context, service));
    },
    async change(context, verb, service) {
      if (verb !== 'enable' && verb !== 'disable')
        return { path: `${context.root}/etc/init.d/${service}`, args: [verb], timeoutMs: CHANGE_MS };
      // It knows no root but that of the machine.
      const path = context.root === '' ? await findProgram(context, updateRcPaths) : null;
      return path === null ? null : { path, args: [service, verb], timeoutMs: CHANGE_MS };
    },
  };
}
