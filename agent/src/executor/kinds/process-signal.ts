// process.signal: to exactly the process that the signer saw, never to one that keeps the device manageable.
import type { KindArgs } from '@muster/protocol/commands';
import { createFiles } from '../../platform/files.ts';
import { listAncestors, type ProcessFacts, readProcess, sendSignal } from '../../platform/linux/signals.ts';
import { sleep } from '../../platform/pause.ts';
import { connectsAsService } from './connection/connection.ts';
import type { InsideOutcome, Kind } from './kind.ts';
import { holds, refuse, refuseDenied } from './programs/find.ts';

type Args = KindArgs<'process.signal'>;

/** How long the end of a process is watched for, ms, and how often. */
const WATCH_MS = 5_000;
const POLL_MS = 50;

/** Processes are those of the machine, whatever the root: a signal knows no root either. */
const files = createFiles('/');

/** Programs of the agent, by the file that runs: the core, the executor, the launcher and the wrappers. */
const OWN = /(?:^|\/)muster-(?:agent|executor)(?:\.[cm]?js)?$/;
/** Only the runtime's options stand before that file. */
const LEADING_ARGS = 8;

const ENDING = new Set(['TERM', 'KILL', 'INT']);

/** Units of the agent and of its runs. */
const OWN_UNIT = /^muster(?:[-@.]|$)/;
/** What every program of a run has in its environment. */
const RUN_MARK = 'MUSTER_COMMAND=';
const MAX_ENVIRONMENT_BYTES = 4 * 1024 * 1024;

/** Where a process belongs; files of /proc as they are. */
interface Belonging {
  readonly name: string;
  readonly cgroup: string;
  readonly environ: string;
}

/** The environment of others can be read by the wrapper only, which looks again before it sends; the control group by everybody. */
async function readBelonging({ pid, name }: ProcessFacts): Promise<Belonging> {
  const cgroup = (await files.readText(`/proc/${pid}/cgroup`)) ?? '';
  return {
    name,
    cgroup,
    environ: (await files.readText(`/proc/${pid}/environ`, MAX_ENVIRONMENT_BYTES)) ?? '',
  };
}

/** Why a process may not be sent that signal for what it belongs to; null when it may. Pure. */
export function judgeBelonging({ name, cgroup, environ }: Belonging, signal: Args['signal']): string | null {
  const units = cgroup.split('\n').flatMap((line) => line.replace(/^[^:]*:[^:]*:/, '').split('/'));
  const isRun = environ.split('\0').some((one) => one.startsWith(RUN_MARK));
  if (isRun || units.some((unit) => OWN_UNIT.test(unit))) return 'It belongs to the agent or to a run of it.';
  return ENDING.has(signal) && [name, ...units].some(connectsAsService)
    ? 'It connects the device; without it no command would reach it any more.'
    : null;
}

function judge({ pid, isKernelThread, args }: ProcessFacts, ancestors: readonly number[]): string | null {
  if (pid === 1) return 'It is the first process of the machine.';
  if (isKernelThread) return 'It is a thread of the kernel.';
  if (ancestors.includes(pid) || args.slice(0, LEADING_ARGS).some((arg) => OWN.test(arg)))
    return 'It is the agent itself.';
  return null;
}

async function isGone({ pid, startTicks }: Args): Promise<boolean> {
  const now = await readProcess(files, pid);
  return now === null || now.startTicks !== startTicks || now.state === 'Z';
}

async function endsInTime(args: Args): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < WATCH_MS; waitedMs += POLL_MS) {
    if (await isGone(args)) return true;
    await sleep(POLL_MS);
  }
  return false;
}

async function signal(args: Args): Promise<InsideOutcome> {
  // Looked at again as late as can be, so that a pid that was used again is hardly ever hit.
  if (await isGone(args)) return { ok: true, summary: 'It had ended by itself.', output: '' };
  sendSignal(args.pid, args.signal);
  if (!ENDING.has(args.signal)) return { ok: true, summary: `SIG${args.signal} was sent.`, output: '' };
  const end = (await endsInTime(args)) ? 'it ended' : 'it still runs';
  return { ok: true, summary: `SIG${args.signal} was sent; ${end}.`, output: '' };
}

/** Sends a signal to a process. */
export const processSignal: Kind<Args> = {
  name: 'process.signal',
  async check(args, context) {
    const facts = await readProcess(files, args.pid);
    const isSame = facts?.startTicks === args.startTicks;
    if (facts === null || !isSame || facts.state === 'Z') {
      const summary =
        facts === null || isSame
          ? 'That process has ended.'
          : 'That process has ended; its number belongs to another one now.';
      return ENDING.has(args.signal) ? holds(summary) : refuse('E_NOT_FOUND', summary);
    }
    const objection =
      judge(facts, await listAncestors(files)) ?? judgeBelonging(await readBelonging(facts), args.signal);
    if (objection !== null) return refuse('E_PROTECTED', objection);
    const denied = await refuseDenied(context, [facts.name]);
    if (denied !== null) return denied;
    return {
      state: 'act',
      summary: `Send SIG${args.signal} to ${facts.name} (${args.pid}).`,
      effect: { where: 'inside', run: () => signal(args) },
    };
  },
  async verify(args) {
    return args.signal !== 'KILL' || (await isGone(args)) ? null : `Process ${args.pid} is still there.`;
  },
};
