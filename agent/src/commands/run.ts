// `muster-agent run`: runs the agent until it is told to stop.
import { createAgent } from '../agent.ts';
import { createLog } from '../log.ts';
import { acquireInstanceLock } from '../platform/instance-lock.ts';
import { STOP_TIMEOUT_MS } from '../timing.ts';
import type { CommandContext } from './command.ts';

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve);
  });
}

/** Runs the command. @throws MusterError E_NOT_ENROLLED, E_RUNNING, E_STATE */
export async function runAgent({ config }: CommandContext): Promise<void> {
  const release = await acquireInstanceLock(config.stateDir);
  try {
    const log = createLog(config.logLevel);
    const agent = await createAgent(config, log);
    await agent.start();
    log.info({ signal: await untilSignal() }, 'stopping');
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
