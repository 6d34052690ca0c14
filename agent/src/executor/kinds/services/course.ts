// The course of every service kind: which manager, which unit, may it be touched, how does it stand.
import { connectsAsService } from '../connection/connection.ts';
import type { Check, KindContext, Probe, Started } from '../kind.ts';
import { actBy, filesOf, findProgram, holds, refuse, refuseDenied } from '../programs/find.ts';
import { createOpenrc, createSysv, rcServicePaths } from './init-scripts.ts';
import type { ServiceManager, ServiceState, ServiceVerb } from './manager.ts';
import { createSystemd, systemctlPaths } from './systemd.ts';

/** The device's service manager; null when none of the three is here. */
export async function findServiceManager(context: KindContext): Promise<ServiceManager | null> {
  const files = filesOf(context);
  const has = async (path: string) => (await files.stat(path))?.isDirectory() === true;
  // sd_booted(3): systemd runs where this folder is.
  if (await has('/run/systemd/system')) {
    const systemctl = await findProgram(context, systemctlPaths);
    return systemctl === null ? null : createSystemd(systemctl);
  }
  if (await has('/run/openrc')) {
    const rcService = await findProgram(context, rcServicePaths);
    return rcService === null ? null : createOpenrc(rcService);
  }
  return (await has('/etc/init.d')) ? createSysv() : null;
}

/** Units of other types mean other things: a target may turn the machine off, a mount is no service. */
const SERVICE_TYPES = /\.(?:service|socket|timer|path)$/;
const OTHER_TYPES = /\.(?:target|mount|automount|swap|slice|scope|device|snapshot)$/;
/** Services that are another kind of command in disguise, or open a shell for who sits there. */
const DISGUISED =
  /^(?:systemd-(?:poweroff|reboot|halt|kexec|soft-reboot|suspend|hibernate|hybrid-sleep|suspend-then-hibernate|factory-reset.*)|emergency|rescue|debug-shell|poweroff|reboot|halt|killprocs|sendsigs|umountfs|umountroot|single)(?:@.*)?(?:\.service)?$/;
/** The agent's own, and the units of its runs. */
const OWN = /^muster(?:[-@.]|$)/;

/** Why a service may not be touched this way; null when it may. */
export function judgeService(name: string, verb: ServiceVerb): string | null {
  if (name.startsWith('.') || name.includes('..')) return `${name} is no name of a service.`;
  if (OTHER_TYPES.test(name)) return `${name} is no service.`;
  if (DISGUISED.test(name))
    return `${name} does more than run a service; there is a kind of its own for what it does.`;
  if (OWN.test(name) && verb !== 'start' && verb !== 'enable')
    return `${name} is the agent itself, or a run of it.`;
  if (connectsAsService(name) && (verb === 'stop' || verb === 'disable'))
    return `${name} connects the device; without it no command would reach it any more.`;
  return null;
}

/** `nginx` is `nginx.service` to systemd, and the other way round elsewhere. */
export function unitName(name: string, manager: ServiceManager): string {
  if (manager.name !== 'systemd') return name.replace(/\.service$/, '');
  return SERVICE_TYPES.test(name) ? name : `${name}.service`;
}

function holdsAlready(state: ServiceState, verb: ServiceVerb): boolean {
  if (verb === 'start') return state.active;
  if (verb === 'stop') return !state.active;
  if (verb === 'enable') return state.enabled === true;
  return verb === 'disable' && state.enabled === false;
}

const WORDS = {
  start: 'running',
  stop: 'stopped',
  restart: 'running',
  enable: 'enabled',
  disable: 'disabled',
} as const;

function judgeState(state: ServiceState, verb: ServiceVerb): Check | null {
  const objection = judgeService(state.id, verb);
  if (objection !== null) return refuse('E_PROTECTED', objection);
  if (state.blocked !== '' && verb !== 'stop' && verb !== 'disable')
    return refuse('E_PROTECTED', `${state.id} ${state.blocked}.`);
  if (state.isNewInstance && verb !== 'stop' && verb !== 'disable')
    return refuse(
      'E_PROTECTED',
      `${state.id} neither runs nor starts with the device, and what stands behind its @ would be read as an argument.`,
    );
  if (holdsAlready(state, verb)) return holds(`${state.id} is ${WORDS[verb]} already.`);
  if (state.enabled === null && (verb === 'enable' || verb === 'disable'))
    return refuse('E_UNSUPPORTED', `${state.id} is nothing that can be enabled or disabled.`);
  return null;
}

/** Check of all service kinds. */
export async function checkService(verb: ServiceVerb, name: string, context: KindContext): Promise<Check> {
  const objection = judgeService(name, verb);
  if (objection !== null) return refuse('E_PROTECTED', objection);
  const manager = await findServiceManager(context);
  if (manager === null)
    return refuse('E_UNSUPPORTED', 'No service manager that is known (systemd, OpenRC, sysv) runs here.');
  const unit = unitName(name, manager);
  const state = await manager.readState(context, unit);
  if (state === null) return refuse('E_NOT_FOUND', `${manager.name} knows no service ${unit}.`);
  const denied = await refuseDenied(context, [unit, state.id]);
  if (denied !== null) return denied;
  const end = judgeState(state, verb);
  if (end !== null) return end;
  const program = await manager.change(context, verb, unit);
  if (program === null)
    return refuse('E_UNSUPPORTED', `${manager.name} has no means here to ${verb} a service.`);
  return actBy(program, `By ${manager.name}: ${verb} ${state.id}.`);
}

async function readState(name: string, context: KindContext): Promise<ServiceState | null> {
  const manager = await findServiceManager(context);
  return manager === null ? null : manager.readState(context, unitName(name, manager));
}

/** Verify of all service kinds. */
export async function verifyService(
  verb: ServiceVerb,
  name: string,
  context: KindContext,
): Promise<string | null> {
  const state = await readState(name, context);
  if (state === null) return `${name} is gone.`;
  const ended = state.endsByItself && (verb === 'start' || verb === 'restart');
  const wanted = verb === 'restart' ? state.active : holdsAlready(state, verb);
  return wanted || ended ? null : `${state.id} is not ${WORDS[verb]}.`;
}

/** When a probe asks, and about which attempt. */
export interface RestartQuestion {
  readonly started: Started;
  readonly bootId: string;
  /** Ms since 1970. */
  readonly nowMs: number;
  /** Ms since the machine started; null where that cannot be told. */
  readonly uptimeMs: number | null;
}

/** Did an interrupted restart take place? What cannot be told counts as no: a second restart does no more harm than the first. Pure. */
export function judgeRestart(state: ServiceState | null, question: RestartQuestion): Probe {
  const { started, bootId, nowMs, uptimeMs } = question;
  if (state === null) return 'not-done';
  if (!state.active && !state.endsByItself) return 'half-done';
  // The machine went down and came up again, and the service with it.
  if (started.bootId !== bootId) return 'done';
  if (state.activeSinceBootMs === null || uptimeMs === null) return 'not-done';
  return nowMs - uptimeMs + state.activeSinceBootMs >= started.atMs ? 'done' : 'not-done';
}

/** Probe of service.restart. */
export async function probeRestart(name: string, context: KindContext, started: Started): Promise<Probe> {
  const text = (await filesOf(context).readText('/proc/uptime')) ?? '';
  const uptimeMs = Number(text.split(' ')[0]) * 1000;
  const question = {
    started,
    bootId: context.bootId,
    nowMs: context.now(),
    uptimeMs: uptimeMs > 0 ? uptimeMs : null,
  };
  return judgeRestart(await readState(name, context), question);
}
