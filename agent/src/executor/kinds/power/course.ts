// What power.reboot and power.shutdown share: the announcement, the delay that can be canceled, and the going down.
import { sleep } from '../../../platform/pause.ts';
import type { Check, InsideOutcome, KindContext, Probe, Program, Started } from '../kind.ts';
import { filesOf, findProgram, look, quoteOutput, refuse } from '../programs/find.ts';

/** What is asked. */
export interface GoingDown {
  readonly verb: 'reboot' | 'poweroff';
  /** The word for people. */
  readonly word: 'restart' | 'shut down';
  readonly delayMs: number;
  readonly message: string;
}

const systemctlPaths = ['/usr/bin/systemctl', '/bin/systemctl'] as const;
const wallPaths = ['/usr/bin/wall', '/bin/wall'] as const;
const verbPaths = {
  reboot: ['/sbin/reboot', '/usr/sbin/reboot'],
  poweroff: ['/sbin/poweroff', '/usr/sbin/poweroff'],
} as const;

/** The delay is waited for in steps of this, ms, so that a clock that was set does not matter and a cancellation is seen. */
const STEP_MS = 200;
/** How long a machine may take to go down before that counts as a failure, ms. */
const DOWN_MS = 300_000;

/** systemd ends services in order; without it the machine's own program does. */
async function findWayDown({ verb }: GoingDown, context: KindContext): Promise<Program | null> {
  const runsSystemd = (await filesOf(context).stat('/run/systemd/system')) !== null;
  const systemctl = runsSystemd ? await findProgram(context, systemctlPaths) : null;
  if (systemctl !== null) return look(systemctl, ['--no-ask-password', verb]);
  const path = await findProgram(context, verbPaths[verb]);
  return path === null ? null : look(path, []);
}

/** Over standard input: as an argument, wall would take the text for the name of a file to show. */
async function announce({ message, word, delayMs }: GoingDown, context: KindContext): Promise<void> {
  const wall = await findProgram(context, wallPaths);
  if (wall === null) return;
  const seconds = Math.ceil(delayMs / 1000);
  const text = message === '' ? `This machine will ${word} in ${seconds} seconds.` : message;
  await context.read({ ...look(wall, []), stdin: `${text}\n` });
}

/** @returns false when it was canceled. */
async function waitFor(delayMs: number, stop: AbortSignal): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < delayMs; waitedMs += STEP_MS) {
    if (stop.aborted) return false;
    await sleep(Math.min(STEP_MS, delayMs - waitedMs));
  }
  return !stop.aborted;
}

async function goDown(asked: GoingDown, context: KindContext, stop: AbortSignal): Promise<InsideOutcome> {
  const program = await findWayDown(asked, context);
  if (program === null) return { ok: false, summary: 'The program for it is gone.', output: '' };
  await announce(asked, context);
  if (!(await waitFor(asked.delayMs, stop)))
    return { ok: false, summary: 'It was canceled before its time.', output: '' };
  const { exit, output } = await context.read(program);
  if (exit !== 0) return { ok: false, summary: quoteOutput(output), output };
  // The end of this process is the success, which the next start reads off the boot id.
  await waitFor(DOWN_MS, stop);
  return { ok: false, summary: `It did not ${asked.word} in ${DOWN_MS / 60_000} minutes.`, output };
}

/** Check of both. */
export async function checkGoingDown(asked: GoingDown, context: KindContext): Promise<Check> {
  if ((await findWayDown(asked, context)) === null)
    return refuse('E_UNSUPPORTED', `There is no program here to ${asked.word} the machine.`);
  return {
    state: 'act',
    summary: `Will ${asked.word} after ${Math.ceil(asked.delayMs / 1000)} seconds.`,
    effect: { where: 'inside', run: (stop) => goDown(asked, context, stop) },
  };
}

/** Another boot id is what was wanted; the same one says that the delay or the going down was interrupted. */
export async function probeGoingDown(context: KindContext, started: Started): Promise<Probe> {
  return started.bootId === context.bootId ? 'not-done' : 'done';
}
