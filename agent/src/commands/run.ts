// `muster-agent run`: runs the agent until it is told to stop.
import { createAgent } from '../agent.ts';
import { createLog } from '../log.ts';
import { acquireInstanceLock } from '../platform/instance-lock.ts';
import { STOP_TIMEOUT_MS } from '../timing.ts';
import type { CommandContext } from './command.ts';

/** Set to 1 by a program that starts the agent as its child and wants it to end with it, whatever ends the parent. */
const TIED_VARIABLE = 'MUSTER_UNTIL_STDIN_ENDS';

/**
 * Resolves with the reason at the first SIGINT or SIGTERM, or at the end of standard input where the parent wants that.
 * Later signals change nothing: the stop has its own time limit, and being killed in it would lose measurements.
 */
function untilSignal(env: NodeJS.ProcessEnv): Promise<string> {
  const { stdin } = process;
  let resolve: (reason: string) => void = () => undefined;
  const promise = new Promise<string>((done) => {
    resolve = done;
  });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => resolve(name));
  if (env[TIED_VARIABLE] !== '1') return promise;
  for (const event of ['end', 'close', 'error']) stdin.on(event, () => resolve('standard input ended'));
  stdin.resume();
  // A pipe that is still read would keep the process alive.
  return promise.finally(() => stdin.destroy());
}

/** Runs the command. @throws MusterError E_NOT_ENROLLED, E_RUNNING, E_STATE */
export async function runAgent({ config }: CommandContext): Promise<void> {
  const release = await acquireInstanceLock(config.stateDir);
  try {
    const log = createLog(config.logLevel);
    const agent = await createAgent(config, log);
    // Listened for before the start: a signal that comes meanwhile must not end the process in the middle of it.
    const reason = untilSignal(process.env);
    await agent.start();
    const left = agent.left.then(() => 'the device has left its organization');
    log.info({ reason: await Promise.race([reason, left]) }, 'stopping');
    const timer = setTimeout(() => {
      log.warn({ afterMs: STOP_TIMEOUT_MS }, 'the stop took too long; ending anyway');
      process.exit(1);
    }, STOP_TIMEOUT_MS);
    await agent.stop();
    clearTimeout(timer);
    log.info('stopped');
  } finally {
    await release();
  }
}
