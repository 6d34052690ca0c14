// People at work: one orders jobs, one makes tokens, some read; every answer is kept with the time it took.

import { pause } from '../../support/wait.ts';
import { createTally, type Tally } from '../check.ts';
import type { Draft, House } from '../lab/house.ts';

/** Time between two orders, tokens and readings, ms. */
const ORDER_EVERY_MS = 300;
const TOKEN_EVERY_MS = 500;
const READ_EVERY_MS = 50;
const PROBE_EVERY_MS = 500;
/** Pause before the same bytes are handed in again, ms. */
const AGAIN_MS = 1_000;
/** Share of orders that are handed in until they are answered; the others are given up after a refusal. */
const STUBBORN_SHARE = 0.5;
/** How long an answer may take, ms, and how busy people are. */
export interface Patience {
  /** So many times the usual pauses lie between what they do. */
  readonly pace: number;
  /** Anything that needs the database; the server's own limit is 8 s. */
  readonly answerMs: number;
  /** /healthz: the server lives whatever its database does. */
  readonly probeMs: number;
}

/** What people did, and what they were told. */
export interface Office {
  /** Orders that were answered with 201 or 200, and all that were handed in. */
  readonly answered: ReadonlySet<string>;
  readonly ordered: ReadonlySet<string>;
  /** Ids of tokens that were answered. */
  readonly tokens: ReadonlySet<string>;
  /** Answers by status and code. */
  readonly answers: Tally;
  /** Answers that were too late, or said something they must not. */
  readonly faults: readonly string[];
  /** Orders that are being handed in again. */
  waiting(): number;
  slowestMs(): number;
  /** Hands one order in now; answers its id, null when it was refused. */
  order(): Promise<string | null>;
  /** Ends the day; resolves when the last question is answered. */
  close(): Promise<void>;
}

/** What may be said besides that it is done: come again. */
const LATER: readonly string[] = ['E_UNAVAILABLE', 'E_BUSY', 'E_INDEX'];

function isExpected(status: number, code: string): boolean {
  return status === 200 || status === 201 || (status === 503 && LATER.includes(code));
}

/** Opens the office for these devices. */
export async function openOffice(
  house: Pick<House, 'server' | 'orders'>,
  options: { devices: readonly { readonly id: string }[]; patience: Patience; random: () => number },
): Promise<Office> {
  const { devices, patience, random } = options;
  const on = `id in [${devices.map(({ id }) => JSON.stringify(id)).join(', ')}]`;
  const day = new Day(house, { random, patience, targets: await house.orders.find(on) });
  day.open();
  return day;
}

class Day implements Office {
  readonly answered = new Set<string>();
  readonly ordered = new Set<string>();
  readonly tokens = new Set<string>();
  readonly answers = createTally();
  readonly faults: string[] = [];
  private readonly house: Pick<House, 'server' | 'orders'>;
  private readonly random: () => number;
  private readonly patience: Patience;
  /** Found once: targets cannot be found while the database is away. */
  private readonly targets: Awaited<ReturnType<House['orders']['find']>>;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly underWay = new Set<Promise<unknown>>();
  private slowest = 0;
  private again = 0;
  private isOver = false;

  constructor(
    house: Pick<House, 'server' | 'orders'>,
    {
      random,
      patience,
      targets,
    }: { random: () => number; patience: Patience; targets: Awaited<ReturnType<House['orders']['find']>> },
  ) {
    this.house = house;
    this.random = random;
    this.patience = patience;
    this.targets = targets;
  }

  open(): void {
    const every = (ms: number, work: () => Promise<unknown>) => {
      this.timers.push(setInterval(() => this.follow(work()), ms * this.patience.pace));
    };
    every(ORDER_EVERY_MS, () => this.order(this.random() < STUBBORN_SHARE));
    every(TOKEN_EVERY_MS, () => this.makeToken());
    every(READ_EVERY_MS, () => this.ask('/api/v1/devices?limit=5', {}));
    every(PROBE_EVERY_MS, () => this.probe());
  }

  waiting(): number {
    return this.again;
  }

  slowestMs(): number {
    return this.slowest;
  }

  async order(isStubborn = false): Promise<string | null> {
    const { id, body } = this.sign();
    this.ordered.add(id);
    for (let isFirst = true; ; isFirst = false) {
      const status = await this.ask('/api/v1/jobs', { method: 'POST', body });
      if (!isFirst) this.again -= 1;
      if (status === 201 || status === 200) this.answered.add(id);
      if (this.answered.has(id)) return id;
      if (!isStubborn || this.isOver) return null;
      this.again += 1;
      await pause(AGAIN_MS);
    }
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.isOver = true;
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private sign(): Draft {
    const { id, envelope } = this.house.orders.sign(this.targets);
    return { id, body: { envelope, snapshot: this.targets.snapshot } };
  }

  private follow(work: Promise<unknown>): void {
    const followed = work
      .catch((error: unknown) => void this.faults.push(String(error)))
      .finally(() => this.underWay.delete(followed));
    this.underWay.add(followed);
  }

  private async makeToken(): Promise<void> {
    const body = { name: 'token', uses: 1, autoApprove: true };
    await this.ask('/api/v1/enrollment-tokens', { method: 'POST', body }, (text) => {
      const [id] = /tok_[a-z2-7]{26}/.exec(text) ?? [];
      if (id !== undefined) this.tokens.add(id);
    });
  }

  private async probe(): Promise<void> {
    const startedMs = performance.now();
    const { status } = await this.house.server.call('/healthz', { token: null });
    const ms = performance.now() - startedMs;
    if (status !== 200 || ms > this.patience.probeMs)
      this.faults.push(`/healthz answered ${status} after ${Math.round(ms)} ms`);
  }

  /** Asks; answers the status, 0 for none. */
  private async ask(
    path: string,
    call: { readonly method?: string; readonly body?: object },
    done: (text: string) => void = () => undefined,
  ): Promise<number> {
    const startedMs = performance.now();
    const { status, text, body } = await this.house.server
      .call(path, call)
      .catch((error: unknown) => ({ status: 0, text: String(error), body: {} as { code?: string } }));
    const ms = performance.now() - startedMs;
    this.slowest = Math.max(this.slowest, ms);
    const code = body.code ?? '';
    this.answers.add(`${status} ${code}`.trim());
    if (!isExpected(status, code))
      this.faults.push(`${call.method ?? 'GET'} ${path}: ${status} ${text.slice(0, 300)}`);
    if (ms > this.patience.answerMs)
      this.faults.push(`${path} was answered ${status} after ${Math.round(ms)} ms`);
    if (status === 200 || status === 201) done(text);
    return status;
  }
}
