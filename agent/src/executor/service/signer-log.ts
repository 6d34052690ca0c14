// Writes who asked for what, and why, into the device's own log: the signer's name stands where the owner of the device looks.
import { appendFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startProcess } from '../../platform/processes.ts';
import type { RunEntry } from '../records.ts';

const LOGGER = '/usr/bin/logger';
/** Sockets of a system log, by one of which `logger` reaches it. */
const LOG_SOCKETS = ['/run/systemd/journal/socket', '/dev/log'];
/** Size at which the file that stands in for a system log is put aside, bytes. */
const MAX_FILE_BYTES = 1024 * 1024;
const TIMEOUT_MS = 5_000;

/** Notes one event. Never rejects: a log that fails stops no command, the journal has it all. */
export type SignerLog = (what: 'accepted' | 'started' | 'ended' | 'refused', run: RunEntry) => void;

/** The line for people. Names and reasons hold no control characters: their schema says so. */
function describeEvent(what: string, { cmdId, kind, requester, reason, state, steps }: RunEntry): string {
  const last = steps.at(-1);
  const outcome =
    what === 'ended' || what === 'refused' ? ` as ${state}${last?.code ? ` (${last.code})` : ''}` : '';
  return `${what}${outcome}: ${kind} ${cmdId} asked by ${requester}: ${reason}`;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function writeLine(path: string, line: string): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MAX_FILE_BYTES) await rename(path, `${path}.1`);
  await appendFile(path, `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
}

/** Makes the log: the system's where there is one, else `signers.log` in the executor's folder. */
export function createSignerLog(
  folder: string,
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void },
): SignerLog {
  const hasSystemLog = (async () =>
    (await isThere(LOGGER)) && (await Promise.all(LOG_SOCKETS.map(isThere))).includes(true))();
  let turn: Promise<unknown> = Promise.resolve();

  async function write(line: string): Promise<void> {
    if (!(await hasSystemLog)) return writeLine(join(folder, 'signers.log'), line);
    const args = ['-t', 'muster', '-p', 'auth.notice', '--', line];
    const end = await startProcess(LOGGER, args, { timeoutMs: TIMEOUT_MS, maxOutputBytes: 1024 });
    if (end.outcome !== 'exited' || end.exitCode !== 0) await writeLine(join(folder, 'signers.log'), line);
  }

  return (what, run) => {
    const line = describeEvent(what, run);
    const { cmdId, kind, requester, reason } = run;
    log.info({ what, cmdId, kind, requester, reason }, 'a run made a step');
    turn = turn
      .then(() => write(line))
      .catch((err: unknown) => log.warn({ err }, 'the log of signers was not written'));
  };
}
