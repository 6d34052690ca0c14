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
import { LATER_MS, LATER_SLOW_MS, MAX_LATER, OFFER_SLICE, OFFER_WINDOW, SCAN_SLICE } from './limits.ts';
import type { OpenJobs } from './open-jobs.ts';
import { roomOf } from './room.ts';
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

/** Makes the dispatcher. */
export function createDispatcher(deps: DispatchDeps): Dispatcher {
  return new OfferDispatcher(deps);
}

/** Codes of `run.later` that the word of now may heal. */
const wordCodes = new Set(['E_STALE', 'E_TRUST', 'E_NOKEY', 'E_PAGE']);

class OfferDispatcher implements Dispatcher {
  private readonly deps: DispatchDeps;
  private readonly windows = new Map<Session, Window>();
  /** Offers that are made again, by the tick in which they are due. */
  private readonly again = new Map<number, { readonly job: OpenJob; readonly session: Session }[]>();
  private isAgainArmed = false;
  private isStopped = false;
  private cancelAgain: () => void = () => undefined;

  constructor(deps: DispatchDeps) {
    this.deps = deps;
  }

  begin(job: OpenJob): void {
    this.guard(job, this.scan(job));
  }

  pump(job: OpenJob): void {
    if (job.isPumping) job.isPumpDue = true;
    else this.guard(job, this.pumpAll(job));
  }

  send(job: OpenJob, idxs: readonly number[]): void {
    this.guard(job, this.sendAll(job, idxs));
  }

  ask(job: OpenJob): void {
    this.send(job, [...idxsOf(job, (state) => state !== 'queued' && !isFinal(state))]);
  }

  stop(): void {
    this.isStopped = true;
    this.cancelAgain();
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
    this.cancelAgain = this.deps.clock.after(LATER_MS, () => {
      this.isAgainArmed = false;
      const nowTick = this.deps.clock.monotonic() / LATER_MS;
      for (const [tick, due] of this.again) {
        if (tick > nowTick) continue;
        this.again.delete(tick);
        for (const { job, session } of due) {
          const isDue = session.open && runOf(job, session.idx) === 'offered';
          if (isDue) this.guard(job, this.offer(job, session));
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

  private guard(job: OpenJob, work: Promise<void>): void {
    work.catch((err: unknown) => this.deps.log.warn({ err, job: job.id }, 'a job could not be offered'));
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

  private async pumpAll(job: OpenJob): Promise<void> {
    job.isPumping = true;
    try {
      do {
        job.isPumpDue = false;
        while (await this.pumpSlice(job)) await pause();
      } while (job.isPumpDue);
    } finally {
      job.isPumping = false;
    }
  }

  /** Offers to one slice of the ready devices; true when there may be more. */
  private async pumpSlice(job: OpenJob): Promise<boolean> {
    const { clock, halts, writer } = this.deps;
    const nowMs = clock.now();
    const isTime = nowMs >= job.notBeforeMs && nowMs < job.notAfterMs;
    if (this.isStopped || job.head.state !== 'running' || !isTime || job.ready.size === 0) return false;
    if (halts.find({ cmdId: job.id, kind: job.kind }) !== undefined) return false;
    const idxs = this.takeReady(job, Math.min(OFFER_SLICE, roomOf(job)));
    if (idxs.length === 0) return false;
    const change: OfferChange = { kind: 'offer', job, idxs, moved: [] };
    try {
      await writer.write(change);
    } catch (error) {
      for (const idx of idxs) job.ready.add(idx);
      throw error;
    }
    await this.sendAll(job, change.moved);
    return job.ready.size > 0;
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

  private async sendAll(job: OpenJob, idxs: readonly number[]): Promise<void> {
    for (const [at, idx] of idxs.entries()) {
      const session = this.deps.connections.find(job.tenant, idx);
      if (session?.open === true) await this.offer(job, session);
      if (at % OFFER_SLICE === OFFER_SLICE - 1) await pause();
    }
  }

  private async offer(job: OpenJob, session: Session): Promise<void> {
    job.content ??= Promise.all(job.options.content.map((digest) => this.deps.content(digest)));
    const content = await job.content.catch((error: unknown) => {
      job.content = null;
      throw error;
    });
    const isTree = 'root' in job.command.targets;
    const proof = isTree ? (await this.deps.trees.get(job)).proof(session.idx) : null;
    if (!session.open) return;
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
