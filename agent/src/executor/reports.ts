// What is told of runs: every step in order, until the core has it on its own disk; files, until the server has them.
import { isFinal } from '@muster/protocol';
import { PIECE_BYTES, RESULT_TYPE } from '@muster/protocol/commands';
import type { Disk } from './disk.ts';
import type { Failpoint } from './failpoints.ts';
import type { Ledger } from './ledger.ts';
import { KEEP_FILE_MS } from './limits.ts';
import type { FromExecutor } from './local/messages.ts';
import type { RunEntry, RunStep } from './records.ts';
import { spoolFolder } from './spool/spool.ts';

/** What telling needs. */
export interface ReportsDeps {
  readonly ledger: Ledger;
  readonly disk: Disk;
  readonly failpoint: Failpoint;
  /** False while nobody listens. */
  send(message: FromExecutor): boolean;
}

/** The reports. */
export interface Reports {
  /** A step of the run is durable. */
  told(cmdId: string): void;
  /** A new listener: everything that is not confirmed is told again. */
  retell(): void;
  /** Somebody asks again for a run: its last step is told whatever was confirmed. */
  answer(cmdId: string): void;
  confirm(cmdId: string, n: number): Promise<void>;
  sendPiece(cmdId: string, offset: number): Promise<void>;
  fileDone(cmdId: string): Promise<void>;
  /** A session to the server is open: files can be offered to it again. */
  retellFiles(): void;
  /** Lets go of files that the server has not fetched within their time. */
  dropOldFiles(clockMs: number): Promise<void>;
  /** Removes what finished runs left on disk. */
  tidy(): Promise<void>;
}

function toReport(cmdId: string, { n, state, atMs, code, message, end }: RunStep): FromExecutor {
  return {
    type: 'report',
    ...{ cmdId, n, state, at: new Date(atMs).toISOString(), code, message },
    result: end === null ? null : { payloadType: RESULT_TYPE, payload: end.result },
    output: end?.output ?? '',
    act: end?.act ?? null,
    isKept: true,
  };
}

/** True when nothing of the run is needed on disk besides its journal. */
function isSettled(run: RunEntry): boolean {
  return isFinal(run.state) && run.confirmedN >= run.n && run.file === null;
}

async function removeSpools(disk: Disk, { cmdId, attempts }: RunEntry): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt++) await disk.remove(spoolFolder(cmdId, attempt));
  await disk.remove(`spool/${cmdId}.file`);
}

/** A piece of a held file; null when there is none at that place. */
async function readPiece(
  disk: Disk,
  run: RunEntry | undefined,
  offset: number,
): Promise<FromExecutor | null> {
  const file = run?.file ?? null;
  if (run === undefined || file === null || offset > file.sizeBytes) return null;
  const bytes = await disk.readRange(file.path, offset, PIECE_BYTES);
  if (bytes === null) return null;
  const { sha256, sizeBytes: totalBytes } = file;
  const data = Buffer.from(bytes).toString('base64url');
  return { type: 'file.piece', cmdId: run.cmdId, sha256, totalBytes, offset, data };
}

/** Runs whose file the server has not fetched within its time. */
function listOldFiles(runs: readonly RunEntry[], clockMs: number): string[] {
  const isOld = ({ file, state, steps }: RunEntry) =>
    file !== null && isFinal(state) && (steps.at(-1)?.atMs ?? 0) + KEEP_FILE_MS <= clockMs;
  return runs.filter(isOld).map(({ cmdId }) => cmdId);
}

async function tidySpool(ledger: Ledger, disk: Disk): Promise<void> {
  for (const name of await disk.list('spool')) {
    const run = ledger.book.run(name.split('.')[0] ?? '');
    if (run === undefined || isSettled(run)) await disk.remove(`spool/${name}`);
  }
}

function toFileReady({ cmdId, file }: RunEntry): FromExecutor | null {
  if (file === null) return null;
  return { type: 'file.ready', cmdId, sha256: file.sha256, sizeBytes: file.sizeBytes };
}

/** Makes the reports. */
export function createReports({ ledger, disk, failpoint, send }: ReportsDeps): Reports {
  /** Number of the last step that this listener was told, by run. */
  const toldN = new Map<string, number>();

  function tellSteps(run: RunEntry, steps: readonly RunStep[]): void {
    const durableN = ledger.durableN(run);
    for (const step of steps) {
      // Told when it is durable, by who waits for that.
      if (step.n > durableN) return;
      failpoint('report.send');
      if (!send(toReport(run.cmdId, step))) return;
      toldN.set(run.cmdId, Math.max(step.n, toldN.get(run.cmdId) ?? 0));
    }
  }

  function tellFile(run: RunEntry): void {
    const ready = toFileReady(run);
    if (ready !== null && ledger.durableN(run) >= run.n) send(ready);
  }

  function told(cmdId: string): void {
    const run = ledger.book.run(cmdId);
    if (run === undefined) return;
    const from = Math.max(run.confirmedN, toldN.get(cmdId) ?? 0);
    const steps = run.steps.filter(({ n }) => n > from);
    tellSteps(run, steps);
    if (isFinal(run.state)) tellFile(run);
  }

  /** What a run left on disk goes when nobody can ask for it any more. */
  async function clearSettled(cmdId: string): Promise<void> {
    const run = ledger.book.run(cmdId);
    if (run === undefined || !isSettled(run)) return;
    failpoint('spool.remove');
    toldN.delete(cmdId);
    await removeSpools(disk, run);
  }

  async function letGo(cmdId: string): Promise<void> {
    const run = ledger.book.run(cmdId);
    if (run === undefined || run.file === null) return;
    await ledger.set(cmdId, { file: null });
    await clearSettled(cmdId);
  }

  return {
    told,
    retell() {
      toldN.clear();
      for (const run of ledger.book.runs()) told(run.cmdId);
    },
    answer(cmdId) {
      const run = ledger.book.run(cmdId);
      if (run !== undefined) tellSteps(run, run.steps);
    },
    async confirm(cmdId, n) {
      const run = ledger.book.run(cmdId);
      if (run === undefined || n <= run.confirmedN || n > run.n) return;
      failpoint('report.confirm');
      // Of steps in the middle a restart tells again, which changes nothing; only the end is worth a write.
      if (!isFinal(run.state) || n < run.n) return ledger.book.apply({ t: 'confirmed', cmdId, n });
      await ledger.write({ t: 'confirmed', cmdId, n });
      await clearSettled(cmdId);
    },
    async sendPiece(cmdId, offset) {
      const piece = await readPiece(disk, ledger.book.run(cmdId), offset);
      if (piece !== null) send(piece);
    },
    fileDone: letGo,
    retellFiles() {
      for (const run of ledger.book.runs()) tellFile(run);
    },
    async dropOldFiles(clockMs) {
      for (const cmdId of listOldFiles(ledger.book.runs(), clockMs)) await letGo(cmdId);
    },
    tidy: () => tidySpool(ledger, disk),
  };
}
