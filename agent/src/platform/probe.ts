// The parent's side of the probe: one fixed question at a time to a short-lived child, bounded in time and size.
import type { StartProcess } from './processes.ts';

/** The closed list of questions; each is a function of its own in probe-child.ts. */
export const PROBE_QUESTIONS = ['os', 'cpu', 'memory', 'disks', 'network', 'graphics'] as const;
/** A question of that list. */
export type ProbeQuestion = (typeof PROBE_QUESTIONS)[number];

/** Largest answer, bytes. */
export const MAX_ANSWER_BYTES = 256 * 1024;
/** Longest wait for an answer, ms. */
const TIMEOUT_MS = 10_000;
/** Keeps the child small; it lives for a second. */
const NODE_FLAGS = [
  '--max-old-space-size=96',
  '--disable-proto=delete',
  '--disallow-code-generation-from-strings',
];

/** What the probe needs. */
export interface ProbeOptions {
  readonly startProcess: StartProcess;
  /** The runtime's own program, absolute (`process.execPath`). */
  readonly nodePath: string;
  /** The child's program: probe.cjs beside the bundled agent. */
  readonly scriptPath: string;
  /** Further arguments of the runtime; only tests that run from source need some. */
  readonly nodeArgs?: readonly string[];
  readonly timeoutMs?: number;
}

function isQuestion(question: string): question is ProbeQuestion {
  return PROBE_QUESTIONS.some((known) => known === question);
}

/** The one line of JSON that the child printed. */
function parseAnswer(question: string, output: Buffer): unknown {
  try {
    return JSON.parse(output.toString('utf8'));
  } catch (cause) {
    throw new Error(`The probe gave no readable answer to ${question}.`, { cause });
  }
}

/**
 * Makes the probe. `ask` rejects with the reason in words when there is no answer, which the runner turns into the outcome
 * `error`; null is the answer of a platform that does not know.
 */
export function createProbe(options: ProbeOptions): { ask(question: string): Promise<unknown> } {
  let last: Promise<unknown> = Promise.resolve();

  async function ask(question: ProbeQuestion): Promise<unknown> {
    const args = [...NODE_FLAGS, ...(options.nodeArgs ?? []), options.scriptPath, question];
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    const end = await options.startProcess(options.nodePath, args, {
      timeoutMs,
      maxOutputBytes: MAX_ANSWER_BYTES,
    });
    if (end.outcome === 'failed') throw new Error(`The probe did not answer ${question}. ${end.reason}`);
    if (end.exitCode !== 0) throw new Error(`The probe failed at ${question}: ${end.errorOutput.trim()}`);
    return parseAnswer(question, end.output);
  }

  return {
    ask(question) {
      if (!isQuestion(question)) return Promise.reject(new Error(`The probe has no question ${question}.`));
      // One child at a time: several would compete with the work of the device.
      const answer = last.then(() => ask(question));
      last = answer.catch(() => undefined);
      return answer;
    },
  };
}
