// The short-lived child that asks systeminformation and node-os-utils; a program of its own, bundled as probe.cjs.
//
// Both libraries start other programs and parse what those print, so they run here: without rights, without the agent's keys
// and sockets, for one fixed question, and never with a value from outside as an argument.
import { OSUtils } from 'node-os-utils';
import { cpu, fsSize, graphics, networkInterfaces, osInfo } from 'systeminformation';
import { MAX_ANSWER_BYTES, PROBE_QUESTIONS, type ProbeQuestion } from './probe.ts';

/** Total memory and swap, bytes; null where the system does not say. */
async function askMemory(): Promise<unknown> {
  const { memory } = new OSUtils();
  const info = await memory.info();
  const swap = await memory.swap();
  return {
    totalBytes: info.success ? info.data.total.toBytes() : null,
    swapBytes: swap.success ? swap.data.total.toBytes() : null,
  };
}

/** The questions. Never `versions()` or `getAllData()`: they start hundreds of programs. */
const ANSWERS: Readonly<Record<ProbeQuestion, () => Promise<unknown>>> = {
  os: () => osInfo(),
  cpu: () => cpu(),
  memory: askMemory,
  disks: () => fsSize(),
  network: () => networkInterfaces(),
  graphics: () => graphics(),
};

/** Becomes `nobody`, for good; a child that cannot does not answer. */
function dropRights(): void {
  if (process.getuid?.() !== 0) return;
  process.setgroups?.([]);
  try {
    process.setgid?.('nogroup');
  } catch {
    // Red Hat and macOS name the group like the user; a second failure ends the child.
    process.setgid?.('nobody');
  }
  process.setuid?.('nobody');
  if (process.getuid?.() === 0 || process.geteuid?.() === 0)
    throw new Error('The rights of root were not dropped.');
}

async function main(): Promise<void> {
  const question = PROBE_QUESTIONS.find((known) => known === process.argv[2]);
  if (question === undefined) throw new Error('There is no such question.');
  dropRights();
  const text = JSON.stringify(await ANSWERS[question]()) ?? 'null';
  if (Buffer.byteLength(text) >= MAX_ANSWER_BYTES) throw new Error('The answer is too large.');
  process.stdout.write(`${text}\n`);
}

main().then(
  // Libraries may leave timers behind; the answer is out, so end. Written pipes are flushed first.
  () => process.stdout.end(() => process.exit(0)),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () =>
      process.exit(1),
    );
  },
);
