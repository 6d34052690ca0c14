// Commands on simulated devices: judged, journalled in memory, run for as long as it takes, reported with a result that the device signs.
import { createHash } from 'node:crypto';
import {
  type AgentMessage,
  type Envelope,
  encodeBase64url,
  encodeUtf8,
  pae,
  type RunOffer,
  type RunReport,
} from '@muster/protocol';
import { RESULT_TYPE, type Result, type VerifiedCommand } from '@muster/protocol/commands';
import { createRandom } from '../random.ts';
import type { CommandTally } from '../stats.ts';
import { signAs } from './identity.ts';
import type { CommandJudge } from './judge.ts';
import type { Outboxes } from './outbox.ts';
import { failWords, writeOutput } from './outcomes.ts';
import { TIMER } from './tables.ts';
import type { Word } from './trust.ts';
import type { World } from './world.ts';

/** Commands whose runs a process remembers; the oldest is forgotten first. */
const MAX_COMMANDS = 64;
/** An agent merges what follows within this time, ms. */
const MERGE_MS = 25;

/** Offers that were held back and are judged in one turn; what comes from sockets meanwhile has the next. */
const HELD_SLICE = 64;

/** States of a run in the journal, one byte a device. */
const RUN = { none: 0, accepted: 1, ended: 2 } as const;

type EndState = Extract<RunReport['state'], 'succeeded' | 'failed' | 'refused'>;

/** A command on all devices of a process. */
interface Journal {
  readonly states: Uint8Array;
  offered: number;
  firstOfferMs: number;
  lastOfferMs: number;
  ended: number;
  acked: number;
  lastAckMs: number;
}

/** Offers of a command that are noted and not judged yet. */
interface HeldOffers {
  readonly judge: (() => void)[];
  readonly timer: NodeJS.Timeout;
}

/** A run that takes its time. */
interface OpenRun {
  readonly command: VerifiedCommand;
  readonly startedAt: string;
  readonly endsAt: number;
}

/** Runs of all devices of a process. */
export interface Runs {
  offered(slot: number, offer: RunOffer, word: Word | null): void;
  /** What is offered from now on is only noted until so long after the first offer of its command, ms; 0: judged at once. */
  hold(forMs: number): void;
  /** The run timer of a device. */
  due(slot: number): void;
  /** The end of a run was acknowledged. */
  acked(cmdId: string): void;
  tallies(): Record<string, CommandTally>;
  /** Forgets what is held back. */
  stop(): void;
}

/** What runs need. */
export interface RunsParts {
  readonly judge: CommandJudge;
  readonly outboxes: Outboxes;
  /** Organization of the trust document. */
  org(): string;
}

const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;

/** Makes an empty journal. */
export function createRuns(world: World, parts: RunsParts): Runs {
  return new MemoryRuns(world, parts);
}

class MemoryRuns implements Runs {
  private readonly world: World;
  private readonly parts: RunsParts;
  private readonly journals = new Map<string, Journal>();
  private readonly open = new Map<number, OpenRun[]>();
  /** How long devices hold back their work, and what they hold back by command. */
  private holdMs = 0;
  private readonly held = new Map<string, HeldOffers>();

  constructor(world: World, parts: RunsParts) {
    this.world = world;
    this.parts = parts;
  }

  private journal(cmdId: string): Journal {
    const known = this.journals.get(cmdId);
    if (known !== undefined) return known;
    const [oldest] = this.journals.keys();
    if (this.journals.size >= MAX_COMMANDS && oldest !== undefined) this.journals.delete(oldest);
    const journal: Journal = {
      states: new Uint8Array(this.world.tables.slots),
      ...{ offered: 0, firstOfferMs: monotonicMs(), lastOfferMs: 0, ended: 0, acked: 0, lastAckMs: 0 },
    };
    this.journals.set(cmdId, journal);
    return journal;
  }

  offered(slot: number, offer: RunOffer, word: Word | null): void {
    const { world } = this;
    world.count('offers');
    const journal = this.journal(offer.cmdId);
    journal.offered++;
    journal.lastOfferMs = monotonicMs();
    if (this.holdMs === 0) this.judge(slot, offer, word);
    else this.holdBack(offer.cmdId, () => this.judge(slot, offer, word));
  }

  hold(forMs: number): void {
    this.holdMs = forMs;
  }

  stop(): void {
    for (const { timer } of this.held.values()) clearTimeout(timer);
    this.held.clear();
  }

  private holdBack(cmdId: string, work: () => void): void {
    const known = this.held.get(cmdId);
    if (known !== undefined) {
      known.judge.push(work);
      return;
    }
    const judge = [work];
    const workOff = () => {
      for (const one of judge.splice(0, HELD_SLICE)) one();
      if (judge.length > 0) setImmediate(workOff);
    };
    const timer = setTimeout(() => {
      this.held.delete(cmdId);
      workOff();
    }, this.holdMs);
    this.held.set(cmdId, { judge, timer });
  }

  private judge(slot: number, offer: RunOffer, word: Word | null): void {
    const { world } = this;
    const journal = this.journal(offer.cmdId);
    // The journal answers: what has begun does not begin again, and its reports wait in the outbox until they are acknowledged.
    if (journal.states[slot] !== RUN.none) return;
    const verdict = this.parts.judge.judge(slot, offer, word);
    if ('verified' in verdict) {
      this.accept(slot, verdict.verified);
      return;
    }
    const { code, message, retryable } = verdict;
    world.note(code);
    if (retryable) {
      world.count('later');
      world.send(slot, { type: 'run.later', cmdId: offer.cmdId, code, message: message.slice(0, 512) });
      return;
    }
    this.end(slot, offer.cmdId, {
      state: 'refused',
      code,
      summary: message.slice(0, 512),
      output: '',
      startedAt: null,
    });
  }

  private accept(slot: number, command: VerifiedCommand): void {
    const { world } = this;
    const { cmdId } = command.command;
    const { runMs, reports } = world.options;
    world.count('accepted');
    this.journal(cmdId).states[slot] = RUN.accepted;
    const takesMs = runMs === 0 ? 0 : runMs * 2 * world.random();
    if (reports === 'all' || takesMs > MERGE_MS) {
      this.report(slot, { cmdId, state: 'accepted', n: 1 });
      this.report(slot, { cmdId, state: 'running', n: 2 });
    }
    const run = { command, startedAt: this.timeOf(slot), endsAt: world.now() + takesMs };
    if (takesMs === 0) {
      this.finish(slot, run);
      return;
    }
    const runs = this.open.get(slot) ?? [];
    runs.push(run);
    this.open.set(slot, runs);
    this.armNext(slot, runs);
  }

  private armNext(slot: number, runs: readonly OpenRun[]): void {
    const next = Math.min(...runs.map(({ endsAt }) => endsAt));
    this.world.arm(slot, TIMER.run, Math.max(0, next - this.world.now()));
  }

  due(slot: number): void {
    const runs = this.open.get(slot) ?? [];
    const now = this.world.now();
    const left = runs.filter(({ endsAt }) => endsAt > now);
    for (const run of runs) if (run.endsAt <= now) this.finish(slot, run);
    if (left.length === 0) this.open.delete(slot);
    else {
      this.open.set(slot, left);
      this.armNext(slot, left);
    }
  }

  private finish(slot: number, { command, startedAt }: OpenRun): void {
    const { world } = this;
    const { cmdId, kind } = command.command;
    const device = world.deviceOf(slot);
    const draw = createRandom(device * 31 + Buffer.from(cmdId.slice(-4)).readUInt32LE());
    const isFailed = draw() < world.options.failShare;
    const end = isFailed ? failWords(kind, draw) : { summary: 'Done.', output: writeOutput(kind, device) };
    this.end(slot, cmdId, { ...end, state: isFailed ? 'failed' : 'succeeded', code: null, startedAt });
  }

  private timeOf(slot: number): string {
    return new Date(this.world.deviceNow(slot)).toISOString();
  }

  private end(slot: number, cmdId: string, end: RunEnd): void {
    const { world } = this;
    const journal = this.journal(cmdId);
    journal.states[slot] = RUN.ended;
    journal.ended++;
    world.count(
      end.state === 'succeeded' ? 'succeeded' : end.state === 'failed' ? 'runsFailed' : 'runsRefused',
    );
    const result = this.seal(slot, cmdId, end);
    const output = encodeBase64url(encodeUtf8(end.output));
    const { state, code, summary } = end;
    const message = state === 'succeeded' ? '' : summary;
    this.report(slot, { cmdId, state, n: state === 'refused' ? 1 : 3, code, message, result, output });
  }

  private seal(slot: number, cmdId: string, end: RunEnd): Envelope {
    const { tables } = this.world;
    const isRefused = end.state === 'refused';
    const result: Result = {
      v: 1,
      org: this.parts.org(),
      deviceId: tables.ids[slot] ?? '',
      cmdId,
      state: end.state,
      code: end.code,
      exit: isRefused ? null : end.state === 'failed' ? 1 : 0,
      summary: end.summary,
      startedAt: end.startedAt,
      endedAt: this.timeOf(slot),
      attempts: isRefused ? 0 : 1,
      unchanged: false,
      dryRun: false,
      outputSha256: createHash('sha256').update(end.output).digest('base64url'),
      outputBytes: Buffer.byteLength(end.output),
    };
    const payload = encodeUtf8(JSON.stringify(result));
    const sig = encodeBase64url(signAs(tables, slot, pae(RESULT_TYPE, payload)));
    return {
      payload: encodeBase64url(payload),
      payloadType: RESULT_TYPE,
      signatures: [{ keyid: '0'.repeat(16), sig }],
    };
  }

  private report(slot: number, report: Pick<RunReport, 'cmdId' | 'state' | 'n'> & Partial<RunReport>): void {
    const at = this.timeOf(slot);
    const { cmdId } = report;
    const body = { at, code: null, message: '', result: null, output: '', ...report };
    this.parts.outboxes.put(slot, {
      what: 'report',
      cmdId,
      isEnd: report.n === 3 || report.state === 'refused',
      make: (seq): AgentMessage => ({ type: 'run.report', seq, ...body }),
    });
  }

  acked(cmdId: string): void {
    const journal = this.journals.get(cmdId);
    if (journal === undefined) return;
    journal.acked++;
    journal.lastAckMs = monotonicMs();
  }

  tallies(): Record<string, CommandTally> {
    return Object.fromEntries(
      [...this.journals].map(([cmdId, { states: _, ...tally }]): [string, CommandTally] => [
        cmdId,
        { ...tally },
      ]),
    );
  }
}

/** How a run ended. */
interface RunEnd {
  readonly state: EndState;
  readonly code: string | null;
  readonly summary: string;
  readonly output: string;
  readonly startedAt: string | null;
}
