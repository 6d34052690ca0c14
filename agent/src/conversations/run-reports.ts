// What the executor tells of runs, on its way to the server: signed, in the outbox on disk, and only then confirmed.
import { encodeUtf8, isMusterError, type RunReport, type Signer, sealEnvelope } from '@muster/protocol';
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

/** Resolves when a message has left the outbox. */
async function untilGone(outbox: Outbox, seq: number): Promise<void> {
  while ((await outbox.body(seq)) !== null) {
    await new Promise((resolve) => {
      setTimeout(resolve, ACK_LOOK_MS).unref();
    });
  }
}

/** Makes the way of reports; those of one run stay in order. */
export function createRunReports(deps: RunReportsDeps): (report: Report) => void {
  const { outbox } = deps;
  let turn: Promise<unknown> = Promise.resolve();

  async function store({ result, cmdId, n, state, at, code, message, output }: Report): Promise<number> {
    const signed =
      result === null
        ? null
        : sealEnvelope(result.payloadType, encodeUtf8(result.payload), [await deps.signer()]);
    // The states of a run are checked by whoever reads the message; the executor's are those of the table.
    const body: Omit<RunReport, 'type' | 'seq' | 'state'> & { readonly state: string } = {
      ...{ cmdId, state, n, at, code, message },
      result: signed,
      output,
    };
    return outbox.put({ kind: 'result', key: '', body: Buffer.from(JSON.stringify(body)) });
  }

  async function pass(report: Report): Promise<void> {
    const { cmdId, n, act, isKept } = report;
    const seq = await store(report);
    deps.room(true);
    deps.nudge();
    const confirm = () => isKept && deps.confirm({ type: 'confirm', cmdId, n });
    if (act === null) {
      confirm();
      return;
    }
    // Confirmed after it is done: a crash in between does it again, which changes nothing.
    deps
      .act(act, untilGone(outbox, seq))
      .then(confirm)
      .catch((err: unknown) => deps.log.warn({ err, act }, 'the agent could not do what a command ordered'));
  }

  return (report) => {
    turn = turn
      .then(() => pass(report))
      .catch((err: unknown) => {
        deps.room(false);
        const code = isMusterError(err) ? err.code : '';
        deps.log.warn(
          { err, code, cmdId: report.cmdId },
          'a report did not get into the outbox; it is told again',
        );
      });
  };
}
