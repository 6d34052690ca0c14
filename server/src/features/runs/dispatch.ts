// Hands runs to devices: committed as offered first, then sent; at the beginning of a job, when a device comes, when one has room.
import type { Envelope } from '@muster/protocol';
import { isFinal } from '@muster/protocol';
import type { Connections, Session } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { pause } from '../../core/turns.ts';
import { COMMANDS_CAPABILITY, type Halts } from '../halts/index.ts';
import type { Moved, OfferChange } from './changes.ts';
import { idxsOf, type Job, type OpenJob, runOf } from './job.ts';
import {
  LATER_MS,
  LATER_SLOW_MS,
  MAX_LATER,
  OFFER_SLICE,
  OFFER_TURN_MS,
  OFFER_WAVE,
  OFFER_WINDOW,
  SCAN_SLICE,
} from './limits.ts';
import type { OpenJobs } from './open-jobs.ts';
import { roomOf } from './room.ts';
import type { TargetTree } from './tree.ts';
import type { Trees } from './trees.ts';
import type { JobWriter } from './writer.ts';

/** What dispatching needs. */
export interface DispatchDeps {
  readonly open: OpenJobs;
  readonly writer: JobWriter;
  readonly connections: Connections;
  readonly halts: Pick<Halts, 'find' | 'tell'>;
  readonly trees: Trees;
  readonly clock: Clock;
  readonly log: Logger;
  /** Envelope of approved content. @throws MusterError E_CONTENT */
  content(digest: string): Promise<Envelope>;
}

/** The dispatcher. */
export interface Dispatcher {
  /** A job has begun, was continued, or its halt was lifted: looks for its connected devices and offers. */
  begin(job: OpenJob): void;
  /** Offers to whom there is room for. */
  pump(job: OpenJob): void;
  /** Sends offers that are stored already. */
  send(job: OpenJob, idxs: readonly number[]): void;
  /** Asks the connected devices that were offered the job what became of it. */
  ask(job: OpenJob): void;
  opened(session: Session): void;
  closed(session: Session): void;
  /** The device cannot judge an offer yet: it gets the missing word and the offer again. */
  later(session: Session, what: { readonly cmdId: string; readonly code: string }): void;
  /** Runs of a job have moved. */
  moved(job: Job, moved: readonly Moved[]): void;
  stop(): void;
}

/** Offers of a session that were not answered yet. */
interface Window {
  readonly sent: Set<OpenJob>;
  readonly later: Map<OpenJob, number>;
}

/** What all offers of a job have in common; `tree` is null where the targets are named. */
interface OfferParts {
  readonly content: readonly Envelope[];
  readonly tree: TargetTree | null;
}

/** Makes the dispatcher. */
export function createDispatcher(deps: DispatchDeps): Dispatcher {
  return new OfferDispatcher(deps);
}

/** Codes of `run.later` that the word of now may heal. */
const wordCodes = new Set(['E_STALE', 'E_TRUST', 'E_NOKEY']);
/** Offers between two looks at the clock. */
const OFFER_LOOK = 16;

class OfferDispatcher implements Dispatcher {
  private readonly deps: DispatchDeps;
  private readonly windows = new Map<Session, Window>();
  /** Offers that are made again, by the tick in which they are due. */
  private readonly again = new Map<number, { readonly job: OpenJob; readonly session: Session }[]>();
  /** Stored as offered, and not sent because a halt came: sent when it is lifted. */
  private readonly unsent = new WeakMap<OpenJob, readonly number[]>();
  private isAgainArmed = false;
  private isStopped = false;

  constructor(deps: DispatchDeps) {
    this.deps = deps;
  }

  begin(job: OpenJob): void {
    const unsent = this.unsent.get(job) ?? [];
    this.unsent.delete(job);
    const still = unsent.filter((idx) => runOf(job, idx) === 'offered');
    if (still.length > 0) void this.guard(job, this.sendNew(job, still));
    void this.guard(job, this.scan(job));
  }

  pump(job: OpenJob): void {
    if (job.isPumping) job.isPumpDue = true;
    else void this.guard(job, this.pumpAll(job));
  }

  send(job: OpenJob, idxs: readonly number[]): void {
    void this.guard(job, this.sendAll(job, idxs));
  }

  ask(job: OpenJob): void {
    this.send(job, [...idxsOf(job, (state) => state !== 'queued' && !isFinal(state))]);
  }

  stop(): void {
    this.isStopped = true;
  }

  opened(session: Session): void {
    if (session.capability < COMMANDS_CAPABILITY) return;
    const nowMs = this.deps.clock.now();
    for (const job of this.deps.open.of(session.tenant)) {
      const state = runOf(job, session.idx);
      if (state === undefined) continue;
      if (state === 'queued') {
        job.ready.add(session.idx);
        this.pump(job);
        continue;
      }
      if (isFinal(state)) continue;
      // From `accepted` on the journal speaks by itself; when the time is over asking is safe, since nothing can start.
      if (state === 'offered' || nowMs > job.notAfterMs) this.send(job, [session.idx]);
    }
  }

  closed(session: Session): void {
    this.windows.delete(session);
    const { connections, open } = this.deps;
    if (connections.find(session.tenant, session.idx) !== undefined) return;
    for (const job of open.of(session.tenant)) {
      job.ready.delete(session.idx);
      job.waiting.delete(session.idx);
      // Its place it keeps: what was offered to it may still run.
    }
  }

  later(session: Session, { cmdId, code }: { readonly cmdId: string; readonly code: string }): void {
    const { open, halts, clock } = this.deps;
    const job = open.find(session.tenant, cmdId);
    if (job === undefined || runOf(job, session.idx) !== 'offered') return;
    if (wordCodes.has(code)) halts.tell(session);
    const window = this.windowOf(session);
    const times = window.later.get(job) ?? 0;
    window.later.set(job, times + 1);
    const pauseMs = times < MAX_LATER ? LATER_MS * 2 ** times : LATER_SLOW_MS;
    const tick = Math.ceil((clock.monotonic() + pauseMs) / LATER_MS);
    const due = this.again.get(tick) ?? [];
    this.again.set(tick, due);
    due.push({ job, session });
    this.armAgain();
  }

  moved(job: Job, moved: readonly Moved[]): void {
    const open = this.deps.open.find(job.tenant, job.id);
    for (const { idx, from } of moved) if (from === 'offered') this.answered(job, idx);
    if (open !== undefined && moved.some(({ to }) => isFinal(to))) this.pump(open);
  }

  /** One timer for all offers that are made again. */
  private armAgain(): void {
    if (this.isAgainArmed || this.isStopped || this.again.size === 0) return;
    this.isAgainArmed = true;
    this.deps.clock.after(LATER_MS, () => {
      this.isAgainArmed = false;
      const nowTick = this.deps.clock.monotonic() / LATER_MS;
      for (const [tick, due] of this.again) {
        if (tick > nowTick) continue;
        this.again.delete(tick);
        for (const { job, session } of due) {
          const isDue = session.open && runOf(job, session.idx) === 'offered';
          if (isDue) this.send(job, [session.idx]);
        }
      }
      this.armAgain();
    });
  }

  /** The session has room for another offer. */
  private answered(job: Job, idx: number): void {
    const session = this.deps.connections.find(job.tenant, idx);
    const window = session === undefined ? undefined : this.windows.get(session);
    const sent = [...(window?.sent ?? [])].find(({ number }) => number === job.number);
    if (window === undefined || sent === undefined) return;
    window.sent.delete(sent);
    window.later.delete(sent);
    for (const other of this.deps.open.of(job.tenant)) {
      if (!other.waiting.delete(idx)) continue;
      other.ready.add(idx);
      this.pump(other);
    }
  }

  private windowOf(session: Session): Window {
    const window = this.windows.get(session) ?? { sent: new Set(), later: new Map() };
    this.windows.set(session, window);
    return window;
  }

  /** False when it failed, which the log tells. */
  private guard(job: OpenJob, work: Promise<unknown>): Promise<boolean> {
    return work.then(
      () => true,
      (err: unknown) => {
        this.deps.log.warn({ err, job: job.id }, 'a job could not be offered');
        return false;
      },
    );
  }

  /** Finds the connected devices of a job, by turns. */
  private async scan(job: OpenJob): Promise<void> {
    const { connections } = this.deps;
    // Who ordered it is answered first.
    await pause();
    let looked = 0;
    for (const idx of idxsOf(job, (state) => state === 'queued')) {
      const session = connections.find(job.tenant, idx);
      if (session !== undefined && session.capability >= COMMANDS_CAPABILITY) job.ready.add(idx);
      looked += 1;
      if (looked % SCAN_SLICE !== 0) continue;
      this.pump(job);
      await pause();
    }
    this.pump(job);
  }

  /** Stores one slice as offered while the one before is sent, so that neither waits for the other. */
  private async pumpAll(job: OpenJob): Promise<void> {
    job.isPumping = true;
    let sent = Promise.resolve(true);
    try {
      do {
        job.isPumpDue = false;
        for (let idxs = await this.storeSlice(job); idxs !== null; idxs = await this.storeSlice(job)) {
          if (!(await sent)) return;
          sent = this.guard(job, this.sendNew(job, idxs));
          // What is sent may lead to the failures that hold the rest.
          if (job.head.stopAt !== null) await sent;
        }
        await sent;
      } while (job.isPumpDue);
    } finally {
      job.isPumping = false;
    }
  }

  /** Stores that one slice of the ready devices is offered the job; null when nothing is to be offered now. */
  private async storeSlice(job: OpenJob): Promise<readonly number[] | null> {
    const { clock, writer } = this.deps;
    // What cannot be told is not to be stored as offered.
    if (job.ready.size > 0) await this.partsOf(job);
    const nowMs = clock.now();
    const isTime = nowMs >= job.notBeforeMs && nowMs < job.notAfterMs;
    if (this.isStopped || job.head.state !== 'running' || !isTime || job.ready.size === 0) return null;
    if (this.isHalted(job)) return null;
    const slice = job.head.stopAt === null ? OFFER_WAVE : OFFER_SLICE;
    const idxs = this.takeReady(job, Math.min(slice, roomOf(job)));
    if (idxs.length === 0) return null;
    const change: OfferChange = { kind: 'offer', job, idxs, moved: [] };
    try {
      await writer.write(change);
    } catch (error) {
      for (const idx of idxs) job.ready.add(idx);
      throw error;
    }
    return change.moved;
  }

  private takeReady(job: OpenJob, room: number): number[] {
    const idxs: number[] = [];
    for (const idx of job.ready) {
      if (idxs.length >= room) break;
      job.ready.delete(idx);
      const session = this.deps.connections.find(job.tenant, idx);
      if (session === undefined || runOf(job, idx) !== 'queued') continue;
      if ((this.windows.get(session)?.sent.size ?? 0) >= OFFER_WINDOW) job.waiting.add(idx);
      else idxs.push(idx);
    }
    return idxs;
  }

  private isHalted({ id, kind }: OpenJob): boolean {
    return this.deps.halts.find({ cmdId: id, kind }) !== undefined;
  }

  /** Sends first offers, until a halt comes. */
  private async sendNew(job: OpenJob, idxs: readonly number[]): Promise<void> {
    const sent = await this.sendAll(job, idxs, () => this.isHalted(job));
    if (sent < idxs.length) this.unsent.set(job, [...(this.unsent.get(job) ?? []), ...idxs.slice(sent)]);
  }

  /** Answers how many were gone through before it was told to stop. */
  private async sendAll(
    job: OpenJob,
    idxs: readonly number[],
    isOver: () => boolean = () => false,
  ): Promise<number> {
    const parts = await this.partsOf(job);
    let sinceMs = performance.now();
    for (const [at, idx] of idxs.entries()) {
      if (at % OFFER_LOOK === 0 && isOver()) return at;
      const session = this.deps.connections.find(job.tenant, idx);
      if (session?.open === true) this.offer(job, session, parts);
      // Offers come before the reports that they lead to, so their turns are long ones; a look at the clock costs as well.
      if (at % OFFER_LOOK !== OFFER_LOOK - 1 || performance.now() - sinceMs < OFFER_TURN_MS) continue;
      await pause();
      sinceMs = performance.now();
    }
    return idxs.length;
  }

  private async partsOf(job: OpenJob): Promise<OfferParts> {
    job.content ??= Promise.all(job.options.content.map((digest) => this.deps.content(digest)));
    const content = await job.content.catch((error: unknown) => {
      job.content = null;
      throw error;
    });
    return { content, tree: 'root' in job.command.targets ? await this.deps.trees.get(job) : null };
  }

  private offer(job: OpenJob, session: Session, { content, tree }: OfferParts): void {
    const proof = tree?.proof(session.idx) ?? null;
    this.windowOf(session).sent.add(job);
    session.send({
      type: 'run.offer',
      cmdId: job.id,
      envelope: job.head.envelope,
      proof,
      content: [...content],
    });
  }
}
