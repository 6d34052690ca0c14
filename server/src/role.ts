// Which process is the controller: takes the lease when it may, starts what only one process does, and ends when it was succeeded.
//
//   gateway ── lease taken ──▶ starting ── everything runs ──▶ controller ── succeeded, or could not start ──▶ over
import type { RequestListener } from 'node:http';
import type { Bus } from './bus/bus.ts';
import type { Front } from './core/http/front.ts';
import type { LeaseKeeper } from './core/lease.ts';
import type { Logger } from './core/log.ts';
import { adoptSigners } from './features/access/index.ts';
import type { Trust } from './features/trust/index.ts';
import type { Features } from './features.ts';

/** What the role is made of. */
export interface RoleDeps {
  readonly bus: Bus;
  readonly log: Logger;
  readonly sql: Parameters<typeof adoptSigners>[0];
  readonly trust: Trust;
  readonly features: Features;
  /** The application, for requests that other workers pipe. */
  readonly answer: RequestListener;
  /** Null with one process: it is the controller in any case. */
  readonly lease: LeaseKeeper | null;
  readonly front: Front | null;
}

/** The role of this process. */
export interface Role {
  /** Resolves when everything runs here, or when another process is the controller. Rejects when it cannot start. */
  start(): Promise<void>;
  /** The lease was taken, under that token. */
  taken(token: number): void;
  /** Another process has taken it. */
  lost(): void;
  /** Resolves with the reason when this process has to end: what it knows is no longer true. */
  readonly over: Promise<string>;
  /** The process is ending: it becomes no controller any more, and a beginning under way goes no further. */
  end(): void;
  /** Gives the lease up. Call it when nothing is under way any more. */
  stop(): Promise<void>;
}

const TRUST_TOPIC = 'trust.changed';
/** What the controller owns on the bus. */
const OWNED = 'controller';

/** Makes the role; nothing happens before `start`. */
export function createRole(deps: RoleDeps): Role {
  return new ProcessRole(deps);
}

class ProcessRole implements Role {
  readonly over: Promise<string>;
  private readonly deps: RoleDeps;
  private leave: (reason: string) => void = () => undefined;
  private isEnding = false;
  private isController = false;
  private beginning: Promise<void> | null = null;
  private readonly ends: (() => void)[] = [];

  constructor(deps: RoleDeps) {
    this.deps = deps;
    this.over = new Promise((resolve) => {
      this.leave = resolve;
    });
  }

  async start(): Promise<void> {
    const { bus, lease, trust } = this.deps;
    trust.onChange(async ({ document }) => {
      if (!this.isController) return;
      bus.send({ everyone: true }, TRUST_TOPIC, null);
      await adoptSigners(this.deps.sql, trust.tenant, document);
    });
    this.ends.push(
      bus.handle(TRUST_TOPIC, () => trust.reload()),
      bus.watch({
        joined: () => undefined,
        gone: () => lease?.look(),
        missed: () => undefined,
        // Known at once, also where the database cannot tell: the sessions of this process belong to the other now.
        succeeded: (name) => name === OWNED && this.lost(),
      }),
    );
    if (lease === null) this.beginning = this.begin(0);
    else await lease.start();
    await this.beginning;
  }

  taken(token: number): void {
    if (this.isEnding) return;
    this.beginning = this.begin(token);
    this.beginning.catch((err: unknown) => {
      this.deps.log.error({ err }, 'this process could not become the controller');
      this.leave('it could not become the controller');
    });
  }

  lost(): void {
    this.leave('another process is the controller');
  }

  end(): void {
    this.isEnding = true;
  }

  async stop(): Promise<void> {
    this.end();
    for (const end of this.ends.splice(0)) end();
    await this.beginning?.catch(() => undefined);
    await this.deps.lease?.stop();
  }

  private async begin(token: number): Promise<void> {
    const { bus, sql, trust, features, front, answer } = this.deps;
    const { audit, directory, fleet, gateway, halts, inventory, metrics, notes, notifications } = features;
    const { alerts, policies, compliance, presence, runs } = features;
    // From here on others speak to this process; what they say waits in the index until it has read the tables.
    this.ends.push(bus.own(OWNED));
    notes.take();
    const steps: readonly (() => unknown)[] = [
      () => trust.reload(),
      () => {
        this.isController = true;
      },
      () => adoptSigners(sql, trust.tenant, trust.current().document),
      // Before the word of now, which carries its newest checkpoint.
      () => audit.start(),
      () => Promise.all([directory.start(bus), inventory.start(), metrics.start(), halts.start()]),
      () => runs.start(),
      // Behind those that correct the table at start; requests need not wait for it.
      () => fleet.start(),
      () => policies.start({ erring: compliance.erring, critical: alerts.critical }),
      () => notifications.start(),
      () => compliance.start(),
      () => presence.start(),
      () => front?.serve(answer, [bus.id, ...bus.members()]),
      () => gateway.take(token),
    ];
    for (const step of steps) {
      if (this.isEnding) return;
      await step();
    }
  }
}
