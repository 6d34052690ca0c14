// Puts the executor together: ledger, words, machine and reports behind one function that takes the core's messages.
import { join } from 'node:path';
import { type Crypto, isFinal } from '@muster/protocol';
import { type Content, type DenyRule, findDenial } from '@muster/protocol/commands';
import type { Facts } from '@muster/protocol/language';
import { fail } from '../errors.ts';
import { type Contents, createContents } from './contents.ts';
import type { Disk } from './disk.ts';
import type { Failpoint } from './failpoints.ts';
import type { JudgeDeps } from './judge.ts';
import type { Ended, KindContext, Program } from './kinds/kind.ts';
import { type Ledger, type LedgerFindings, openLedger } from './ledger.ts';
import type { FromExecutor, ToExecutor } from './local/messages.ts';
import { lookInUnit } from './look.ts';
import { createMachine, type Machine, type MachineDeps } from './machine.ts';
import { readOrder } from './order.ts';
import type { AnyKind } from './perform.ts';
import type { CycleUnit } from './policy/cycles.ts';
import { isAboutPolicies, openPolicies, type Policies } from './policy/policies.ts';
import type { Moment, RunEntry } from './records.ts';
import { createReports, type Reports } from './reports.ts';
import type { Asked } from './spool/spool.ts';
import type { Units } from './units.ts';
import { openWords, type Pinned, type Words } from './words.ts';

/** What an engine is made of. A simulation hands in its own disk, clocks and units. */
export interface EngineDeps {
  readonly disk: Disk;
  readonly failpoint: Failpoint;
  readonly pinned: Pinned;
  readonly crypto: Crypto;
  readonly units: Units;
  /** The process that looks at what policies want. */
  readonly cycleUnit: CycleUnit;
  /** Absolute folder that `disk` is rooted in, for what kinds are given. */
  readonly folder: string;
  /** Folders that no kind may touch. */
  readonly ownFolders: readonly string[];
  readonly bootId: string;
  now(): number;
  /** Ms since the system started, the same for every process of this run of it. */
  monotonic(): number;
  pause(ms: number): Promise<void>;
  hostname(): string;
  readDenyList(): Promise<readonly DenyRule[]>;
  openFacts(): Promise<{ holds(bound: string): boolean; readonly facts: Facts }>;
  findKind(name: string): AnyKind | undefined;
  /** Runs a short program inside the executor. */
  runInside(program: Program, asked: Asked): Promise<Ended>;
  /** To the core; false while nobody listens. */
  send(message: FromExecutor): boolean;
  note: MachineDeps['note'];
  /** This device has left the organization, and the core has the result. */
  left(): void;
  fatal(error: unknown): void;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

/** The executor without its process. */
export interface Engine {
  readonly found: LedgerFindings;
  /** A core has connected: it is told what it has not confirmed. */
  connected(): void;
  take(message: ToExecutor): Promise<void>;
  /** True while runs are at work in this process. */
  isBusy(): boolean;
  openRuns(): number;
  /** Time to the next start that only time decides, ms; null: none. */
  waitMs(): number | null;
  close(): Promise<void>;
}

/** The context of kinds for one run. */
function createKindContext(
  deps: EngineDeps,
  contents: Contents,
  { run, content }: { readonly run: RunEntry; readonly content: Content | null },
): KindContext {
  const { cmdId, requester, reason } = run;
  const asked = { cmdId, deviceId: deps.pinned.deviceId, requester, reason };
  return {
    root: '',
    ownFolders: deps.ownFolders,
    spool: join(deps.folder, 'spool', `${cmdId}.file`),
    bootId: deps.bootId,
    asked,
    read: (program) =>
      program.keepsFiles === true ? lookInUnit(deps, program, asked) : deps.runInside(program, asked),
    async content() {
      if (content === null || !(await contents.has(content))) throw fail('E_STATE');
      return { document: content, path: join(deps.folder, contents.path(content.sha256)) };
    },
    findDenial: async (names) =>
      names.length === 0 ? undefined : findDenial(await deps.readDenyList(), run.kind, { names }),
    now: deps.now,
  };
}

/** Hashes of the bodies that open runs name. */
function listWantedContent(runs: readonly RunEntry[]): ReadonlySet<string> {
  const hashes = runs.flatMap((run) => {
    const sha256 = run.offer === null ? undefined : readOrder(run).content?.sha256;
    return sha256 === undefined ? [] : [sha256];
  });
  return new Set(hashes);
}

/** The parts of an open engine. */
interface Parts {
  readonly ledger: Ledger;
  readonly words: Words;
  readonly contents: Contents;
  readonly reports: Reports;
  readonly machine: Machine;
  readonly policies: Policies;
}

/** What offers and waiting runs are judged by, read anew each time. */
function createJudgeReader(
  deps: EngineDeps,
  { ledger, words, policies }: Pick<Parts, 'ledger' | 'words' | 'policies'>,
) {
  const { pinned, crypto, hostname } = deps;
  return async (): Promise<JudgeDeps> => {
    const [deny, { holds }, hasRoom] = await Promise.all([
      deps.readDenyList(),
      deps.openFacts(),
      ledger.hasRoom(),
    ]);
    const moment = () => momentOf(deps);
    const freezes = policies.freezes();
    return { book: ledger.book, words, pinned, crypto, moment, hostname, holds, deny, freezes, hasRoom };
  };
}

function momentOf({ bootId, monotonic }: EngineDeps): Moment {
  return { bootId, monotonicMs: monotonic() };
}

async function createParts(deps: EngineDeps, ledger: Ledger): Promise<Parts> {
  const { disk, failpoint, pinned, crypto, bootId, send, log } = deps;
  const alarm = (what: string, code: string) => {
    log.error({ what, code }, 'a signed word did not pass');
    send({ type: 'alarm', what, code });
  };
  const moment = () => momentOf(deps);
  const words = openWords({ ledger, pinned, crypto, now: deps.now, moment, refused: alarm });
  const contents = createContents({
    disk,
    failpoint,
    ask: (sha256, offset) => void send({ type: 'content.want', sha256, offset }),
  });
  const reports = createReports({ ledger, disk, failpoint, send });
  const { org, deviceId } = pinned;
  const { fatal, openFacts, now, cycleUnit } = deps;
  const policies = await openPolicies({
    ...{ disk, crypto, words, send, fatal, openFacts, now, log, cycleUnit, deviceId },
    refused: alarm,
    refrozen: () => machine.look(),
  });
  const machine: Machine = createMachine({
    ...{ ledger, words, contents, reports, send, note: deps.note, fatal: deps.fatal },
    judgeDeps: createJudgeReader(deps, { ledger, words, policies }),
    refused: (code) => alarm('command', code),
    perform: {
      ...{ disk, failpoint, units: deps.units, bootId, pause: deps.pause, findKind: deps.findKind, log },
      output: (cmdId, offset, data) => void send({ type: 'output', cmdId, offset, data }),
      nowMs: () => words.nowMs(),
      resultContext: () => ({ org, deviceId, nowMs: words.nowMs(), sha256: crypto.sha256 }),
      async kindContext(run, content) {
        if (run.kind === 'file.fetch') await disk.makeFolder(`spool/${run.cmdId}.file`);
        return createKindContext(deps, contents, { run, content });
      },
    },
  });
  return { ledger, words, contents, reports, machine, policies };
}

/** Reacts to the core's messages. */
function createTake(deps: EngineDeps, parts: Parts): Engine['take'] {
  const { ledger, words, contents, reports, machine, policies } = parts;
  async function confirm(cmdId: string, n: number): Promise<void> {
    await reports.confirm(cmdId, n);
    const run = ledger.book.run(cmdId);
    const isOver = run !== undefined && isFinal(run.state) && run.confirmedN === run.n;
    if (!isOver) return;
    await contents.keepOnly(listWantedContent(ledger.book.openRuns()));
    if (run.kind === 'agent.unenroll' && run.state === 'succeeded' && !run.dryRun) deps.left();
  }

  async function follow(trust: readonly unknown[]): Promise<void> {
    if (!(await words.takeTrust(trust))) return;
    // A word that waited for the document may have been taken by it, and stop something.
    await machine.stopHalted();
    void policies.keeper.trustChanged();
  }

  return async (message) => {
    // It has a queue of its own: nothing that stops something waits behind it.
    if (isAboutPolicies(message)) return policies.take(message);
    switch (message.type) {
      case 'run.offer':
        return machine.offer(message);
      case 'trust.chain':
        return follow(message.trust);
      case 'freshness':
        await words.takeFreshness(message);
        return machine.stopHalted();
      case 'confirm':
        return confirm(message.cmdId, message.n);
      case 'piece': {
        const { sha256, offset, data } = message;
        if (await contents.take({ sha256, offset, data: Buffer.from(data, 'base64url') })) machine.look();
        return;
      }
      case 'content.none':
        contents.none(message.sha256);
        return machine.refuseContent(message.sha256);
      case 'file.read':
        return reports.sendPiece(message.cmdId, message.offset);
      case 'file.done':
        return reports.fileDone(message.cmdId);
      case 'online':
        await reports.dropOldFiles(deps.now());
        reports.retellFiles();
        contents.askAgain();
        machine.look();
        return void policies.online();
    }
  };
}

/** The shorter of two waits, ms; null: nothing is waited for. */
function soonest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** Opens the engine and goes on with what an earlier one left. @throws MusterError E_TRUST_HASH …; the system's errors */
export async function openEngine(deps: EngineDeps): Promise<Engine> {
  const { disk, send, log } = deps;
  for (const folder of ['spool', 'content']) await disk.makeFolder(folder);
  const full = (isFull: boolean) =>
    log.warn({ isFull }, 'the disk of the executor is full, or has room again');
  const { ledger, found } = await openLedger({ ...deps, full });
  const isDamaged = found.damagedBytes > 0;
  if (isDamaged) log.error({ ...found }, 'the journal was damaged; what is damaged is set aside');
  const parts = await createParts(deps, ledger);
  const { words, contents, reports, machine, policies } = parts;
  if (isDamaged) await ledger.write({ t: 'damaged', atMs: words.nowMs() });
  await reports.dropOldFiles(deps.now());
  await reports.tidy();
  await machine.recover();
  return {
    found,
    connected() {
      const openRuns = ledger.book.openRuns().length;
      send({ type: 'ready', trustVersion: words.trust().document.version, openRuns });
      if (isDamaged) send({ type: 'alarm', what: 'journal', code: 'E_STATE' });
      policies.connected();
      reports.retell();
      contents.askAgain();
      machine.look();
    },
    take: createTake(deps, parts),
    isBusy: () => machine.atWork() > 0 || policies.isBusy(),
    openRuns: () => ledger.book.openRuns().length,
    waitMs: () => soonest(machine.waitMs(), policies.waitMs()),
    async close() {
      policies.close();
      await ledger.close();
    },
  };
}
