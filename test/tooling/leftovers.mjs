// Finds what a test leaves behind: processes it started that still run, files in its temporary folder.
import { readdirSync, readFileSync } from 'node:fs';

/** SIGKILL and SIGTERM, as bits of a set of signals. */
const ENDING_SIGNALS = (1n << 8n) | (1n << 14n);
/** Caches that tools keep in the temporary folder on purpose. */
const caches = /^(?:tsx-|node-compile-cache)/;

/**
 * Processes of a test file, `[{ pid, command }]`: those that inherited its mark in the environment, wherever
 * they moved to, and those of its process group, whatever they did to their environment. Linux only; elsewhere none.
 */
export function findProcesses(mark, group) {
  return listPids()
    .filter((pid) => pid !== process.pid && (carriesMark(pid, mark) || groupOf(pid) === group))
    .map((pid) => ({ pid, command: commandOf(pid) }));
}

function listPids() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // no /proc on this system
  }
}

function carriesMark(pid, mark) {
  return readOrNothing(`/proc/${pid}/environ`).split('\0').includes(`MUSTER_TEST_FILE=${mark}`);
}

/** The process group; 0 for a zombie, which runs no longer. */
function groupOf(pid) {
  const [state, , group] = readOrNothing(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return state === 'Z' ? 0 : Number(group);
}

function commandOf(pid) {
  return readOrNothing(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, 300);
}

/** Processes come and go while they are looked at; one that is gone has nothing to say. */
function readOrNothing(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Ends processes at once; those that have ended meanwhile, or belong to another user, stay as they are. */
export function endProcesses(processes) {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
    }
  }
}

/**
 * Asks until nothing is left or the time is over; answers what is left. What was told to end and did not yet get the
 * time to, on a machine that is busy with others, has longer: `endingMs`.
 */
export async function waitUntilGone(find, { limitMs, endingMs }) {
  const startedMs = performance.now();
  for (;;) {
    const left = find();
    const allowedMs = left.every(({ pid }) => isEnding(pid)) ? endingMs : limitMs;
    if (left.length === 0 || performance.now() - startedMs > allowedMs) return left;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether a signal that ends it waits for it, or it is gone but for its name. Source: proc_pid_status(5). */
function isEnding(pid) {
  const status = readOrNothing(`/proc/${pid}/status`);
  const pending = [...status.matchAll(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$/gm)].map(([, bits]) =>
    BigInt(`0x${bits}`),
  );
  return /^State:\s*[XZ]/m.test(status) || pending.some((bits) => (bits & ENDING_SIGNALS) !== 0n);
}

/** Names of what lies in a temporary folder that should be empty. */
export function listLeftFiles(folder) {
  return readdirSync(folder).filter((name) => !caches.test(name));
}
