// What the executor tells of runs, on its way to the server: signed, in the outbox on disk, and only then confirmed.
import {
  type Envelope,
  encodeUtf8,
  isMusterError,
  type RunReport,
  type Signer,
  sealEnvelope,
} from '@muster/protocol';
import type { Outbox } from '../connection/outbox.ts';
import type { FromExecutor, ToExecutor } from '../executor/local/messages.ts';

/** A report of the executor. */
export type Report = Extract<FromExecutor, { type: 'report' }>;

/** Pause between two looks whether the server has a message, ms. */
const ACK_LOOK_MS = 200;

/** What passing on reports needs. */
export interface RunReportsDeps {
  readonly outbox: Outbox;
  signer(): Promise<Signer>;
  nudge(): void;
  confirm(message: ToExecutor): void;
  /** Does what a result orders the core to do; the result is on disk. `acked` resolves when the server has it. */
  act(act: NonNullable<Report['act']>, acked: Promise<void>): Promise<void>;
  /** The outbox took a report, or had no room for it: what is not confirmed is told again later. */
  room(hasRoom: boolean): void;
  readonly log: { warn(fields: object, message: string): void };
}

/** How long the opened key is kept after a result, ms: reading and parsing it costs more than signing. */
const KEEP_SIGNER_MS = 60_000;

/** Opens the key when it is needed and keeps it for those that follow soon. */
function keepSigner(open: () => Promise<Signer>): () => Promise<Signer> {
  let kept: Promise<Signer> | null = null;
  let timer: NodeJS.Timeout | undefined;
  function drop(): void {
    kept = null;
  }
  return () => {
    clearTimeout(timer);
    timer = setTimeout(drop, KEEP_SIGNER_MS).unref();
    if (kept === null) {
      kept = open();
      kept.catch(drop);
    }
    return kept;
  };
}

/** Waits without keeping the process alive. */
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** Resolves when a message has left the outbox. */
async function untilGone(outbox: Outbox, seq: number): Promise<void> {
  while ((await outbox.body(seq)) !== null) {
    await sleep(ACK_LOOK_MS);
  }
}

/** States that only tell how far a run is: a later report of the same run says it as well. */
const PASSING = new Set(['accepted', 'deferred', 'running']);
/**
 * How long such a report waits for the next one, ms: each costs a write and a sync here and a commit at the server, and a short
 * run is over before its first is stored. One that is lost meanwhile is not confirmed and told again.
 */
const PASSING_MS = 25;
/** What a result orders is work for this process; the result is sent first, ms. */
const ACT_AFTER_MS = 100;

/** A report that waits for its turn; what needs a signature gets it meanwhile. */
interface Waiting {
  readonly report: Report;
  readonly signed: Promise<Envelope | null>;
}

/** Lets a passing report wait for the next one of its run, and every other through at once. */
function holdPassing(pass: (report: Report) => void): (report: Report) => void {
  const held = new Map<string, { report: Report; readonly timer: NodeJS.Timeout }>();

  function hold(report: Report): void {
    const { cmdId } = report;
    const before = held.get(cmdId);
    if (before !== undefined) {
      before.report = report;
      return;
    }
    const timer = setTimeout(() => {
      const last = held.get(cmdId);
      held.delete(cmdId);
      if (last !== undefined) pass(last.report);
    }, PASSING_MS);
    held.set(cmdId, { report, timer: timer.unref() });
  }

  return (report) => {
    if (PASSING.has(report.state)) return hold(report);
    clearTimeout(held.get(report.cmdId)?.timer);
    held.delete(report.cmdId);
    pass(report);
  };
}

/** Makes the way of reports; those of one run stay in order. */
export function createRunReports(deps: RunReportsDeps): (report: Report) => void {
  const { outbox } = deps;
  const signer = keepSigner(deps.signer);
  const waiting: Waiting[] = [];
  let isWorking = false;

  async function sign({ result }: Report): Promise<Envelope | null> {
    if (result === null) return null;
    return sealEnvelope(result.payloadType, encodeUtf8(result.payload), [await signer()]);
  }

  async function store({ report, signed }: Waiting): Promise<number> {
    const { cmdId, n, state, at, code, message, output, isKept } = report;
    // The states of a run are checked by whoever reads the message; the executor's are those of the table.
    const body: Omit<RunReport, 'type' | 'seq' | 'state'> & { readonly state: string } = {
      ...{ cmdId, state, n, at, code, message },
      result: await signed,
      output,
    };
    const put = { kind: 'result', key: '', body: Buffer.from(JSON.stringify(body)) } as const;
    // What the executor keeps is in its journal until it is confirmed: the server need not wait for this disk too.
    return outbox.put(isKept ? { ...put, early: deps.nudge } : put);
  }

  async function take(one: Waiting): Promise<void> {
    const { cmdId, n, act, isKept } = one.report;
    const seq = await store(one);
    deps.room(true);
    deps.nudge();
    const confirm = () => isKept && deps.confirm({ type: 'confirm', cmdId, n });
    if (act === null) {
      confirm();
      return;
    }
    // Confirmed after it is done: a crash in between does it again, which changes nothing.
    sleep(ACT_AFTER_MS)
      .then(() => deps.act(act, untilGone(outbox, seq)))
      .then(confirm)
      .catch((err: unknown) => deps.log.warn({ err, act }, 'the agent could not do what a command ordered'));
  }

  async function work(): Promise<void> {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const { cmdId } = one.report;
      await take(one).catch((err: unknown) => {
        deps.room(false);
        const code = isMusterError(err) ? err.code : '';
        deps.log.warn({ err, code, cmdId }, 'a report did not get into the outbox; it is told again');
      });
    }
    isWorking = false;
  }

  function pass(report: Report): void {
    const signed = sign(report);
    // It is heard when its turn comes.
    signed.catch(() => undefined);
    waiting.push({ report, signed });
    if (isWorking) return;
    isWorking = true;
    void work();
  }

  return holdPassing(pass);
}
