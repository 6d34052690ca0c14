// process.signal: to exactly the process that the signer saw, never to one that keeps the device manageable.
import type { KindArgs } from '@muster/protocol/commands';
import { createFiles } from '../../platform/files.ts';
import { listAncestors, type ProcessFacts, readProcess, sendSignal } from '../../platform/linux/signals.ts';
import { sleep } from '../../platform/pause.ts';
import type { InsideOutcome, Kind } from './kind.ts';
import { holds, refuse } from './programs/find.ts';

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

const ENDING = new Set(['TERM', 'KILL', 'INT']);

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
  async check(args) {
    const facts = await readProcess(files, args.pid);
    const isSame = facts?.startTicks === args.startTicks;
    if (facts === null || !isSame || facts.state === 'Z') {
      const summary =
        facts === null || isSame
          ? 'That process has ended.'
          : 'That process has ended; its number belongs to another one now.';
      return ENDING.has(args.signal) ? holds(summary) : refuse('E_NOT_FOUND', summary);
    }
    const objection = judge(facts, await listAncestors(files));
    if (objection !== null) return refuse('E_PROTECTED', objection);
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
