// Writes who asked for what, and why, into the device's own log: the signer's name stands where the owner of the device looks.
import { appendFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEntry } from '../records.ts';
import type { Asked } from '../spool/spool.ts';
import { readProgramOutput } from './read-program.ts';

const LOGGER = '/usr/bin/logger';
/** Sockets of a system log, by one of which `logger` reaches it. */
const LOG_SOCKETS = ['/run/systemd/journal/socket', '/dev/log'];
/** Size at which the file that stands in for a system log is put aside, bytes. */
const MAX_FILE_BYTES = 1024 * 1024;
const TIMEOUT_MS = 5_000;
/** A line waits so long for others, ms: one program writes them all, and the answer to a short command does not wait for it. */
const TOGETHER_MS = 50;
/** Lines that wait; with more than that the log is written at once. */
const MAX_LINES = 256;

/** The log. A log that fails stops no command: the journal has it all. */
export interface SignerLog {
  /** Notes one event. */
  note(what: 'accepted' | 'started' | 'ended' | 'refused', run: RunEntry): void;
  /** Writes what waits; never rejects. */
  flush(): Promise<void>;
}

/** An event, and whose it was. */
interface Line {
  readonly text: string;
  readonly asked: Asked;
}

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

async function writeFileLines(path: string, lines: readonly Line[]): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MAX_FILE_BYTES) await rename(path, `${path}.1`);
  const at = new Date().toISOString();
  await appendFile(path, lines.map(({ text }) => `${at} ${text}\n`).join(''), { mode: 0o600 });
}

/** One message a line; false when the system's log did not take them. */
async function writeSystemLines(lines: readonly Line[]): Promise<boolean> {
  const [first] = lines;
  if (first === undefined) return true;
  const stdin = lines.map(({ text }) => `${text}\n`).join('');
  const program = { path: LOGGER, args: ['-t', 'muster', '-p', 'auth.notice'], stdin, timeoutMs: TIMEOUT_MS };
  const { exit } = await readProgramOutput(program, first.asked);
  return exit === 0;
}

/** Makes the log: the system's where there is one, else `signers.log` in the executor's folder. */
export function createSignerLog(
  { folder, deviceId }: { readonly folder: string; readonly deviceId: string },
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void },
): SignerLog {
  const hasSystemLog = (async () =>
    (await isThere(LOGGER)) && (await Promise.all(LOG_SOCKETS.map(isThere))).includes(true))();
  let turn: Promise<unknown> = Promise.resolve();
  let waiting: Line[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function write(lines: readonly Line[]): Promise<void> {
    if ((await hasSystemLog) && (await writeSystemLines(lines))) return;
    await writeFileLines(join(folder, 'signers.log'), lines);
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const lines = waiting;
    waiting = [];
    if (lines.length > 0)
      turn = turn
        .then(() => write(lines))
        .catch((err: unknown) => log.warn({ err }, 'the log of signers was not written'));
    await turn;
  }

  return {
    flush,
    note(what, run) {
      const { cmdId, kind, requester, reason } = run;
      const asked = { cmdId, requester, reason };
      log.info({ what, kind, ...asked }, 'a run made a step');
      waiting.push({ text: describeEvent(what, run), asked: { ...asked, deviceId } });
      if (waiting.length > MAX_LINES) void flush();
      else timer ??= setTimeout(flush, TOGETHER_MS);
    },
  };
}
