// Rule `service` on the device: as the service manager says; repaired by the kinds of command for services.
import type { WantedOf } from '@muster/protocol/policy';
import type { Check, KindContext } from '../../kinds/kind.ts';
import { holds } from '../../kinds/programs/find.ts';
import { checkService, findServiceManager, unitName } from '../../kinds/services/course.ts';
import type { ServiceVerb } from '../../kinds/services/manager.ts';
import type { ServiceFact } from '../facts/services.ts';
import { compliant, drifted, notApplicable, type RuleOnDevice, type Step } from '../rule.ts';

type Wanted = WantedOf<'service'>;

function describe({ active, enabled, blocked }: ServiceFact): string {
  const starts =
    enabled === null ? 'is started by others or never' : enabled ? 'is enabled' : 'is not enabled';
  return [active ? 'runs' : 'does not run', starts, ...(blocked === '' ? [] : [blocked])].join(', ');
}

/** A unit that is neither enabled nor disabled does not start by itself: that is what "not enabled" asks for. */
function fits({ running, enabled }: Wanted, state: ServiceFact): boolean {
  if (running !== undefined && running !== state.active) return false;
  return enabled === undefined || enabled === (state.enabled === true);
}

/** What nothing can enable or disable starts by others or never: there is nothing to disable, and the next step may stop it. */
async function isNeverEnabled(name: string, context: KindContext): Promise<boolean> {
  const manager = await findServiceManager(context);
  const state = await manager?.readState(context, unitName(name, manager));
  return state?.enabled === null;
}

async function plan(verb: ServiceVerb, name: string, context: KindContext): Promise<Check> {
  const check = await checkService(verb, name, context);
  const isVain = verb === 'disable' && check.state === 'refused' && check.code === 'E_UNSUPPORTED';
  return isVain && (await isNeverEnabled(name, context)) ? holds(`${name} does not start by itself.`) : check;
}

function step(verb: ServiceVerb, name: string): Step {
  return {
    kinds: [`service.${verb}`],
    names: [name],
    plan: (context) => plan(verb, name, context),
  };
}

export const serviceOnDevice: RuleOnDevice<Wanted> = {
  watched: () => ['/etc/systemd/system/', '/etc/systemd/system/multi-user.target.wants/'],
  async check(wanted, facts) {
    const services = await facts.services();
    if (services === null) return notApplicable('no service manager that is known');
    const state = await services.find(wanted.name);
    if (state === null) {
      const isWanted = wanted.running === true || wanted.enabled === true;
      return isWanted ? drifted('there is no such unit') : compliant('there is no such unit');
    }
    return fits(wanted, state) ? compliant(describe(state)) : drifted(describe(state));
  },
  plan: ({ name, running, enabled }) => [
    ...(enabled === undefined ? [] : [step(enabled ? 'enable' : 'disable', name)]),
    ...(running === undefined ? [] : [step(running ? 'start' : 'stop', name)]),
  ],
};
