// The stream of changes for live views: which device changed in which way, gathered so that a storm is few events.
import type { Clock } from './core/clock.ts';
import { principalOf } from './core/http/permission.ts';
import { type DeviceSet, followScope } from './core/http/scope.ts';
import type { HttpApp } from './core/http/server.ts';
import { createEventStreams, type EventStream } from './core/http/sse.ts';
import type { Logger } from './core/log.ts';
import type { DeviceNames } from './features/devices/index.ts';

/** What changed of a device. */
export type ChangeKind = 'device' | 'inventory' | 'alerts';

/** From one telling to the next at least, ms; what comes meanwhile is gathered. */
const GATHER_MS = 250;
/** The first change after a rest is told that soon, ms, with what belongs to it. */
const FIRST_MS = 20;
/** Devices told of one by one; more changes at once are told as `many`, and the view reads its list again. */
const MAX_TOLD = 200;

/** What the stream needs. */
export interface ChangesDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly devices: DeviceNames;
}

/** Where features say that a device changed. */
export interface Changes {
  note(kind: ChangeKind, tenant: number, idx: number): void;
  /** Registers the route. */
  serve(app: HttpApp): void;
}

/** Who listens. */
interface Listener {
  readonly tenant: number;
  /** What he may see; null: everything. */
  scope(): DeviceSet | null;
}

/** What was gathered for one tenant. */
type Gathered = Map<ChangeKind, Set<number>>;

/** Makes the stream; while nobody listens, nothing is gathered and no statement is sent. */
export function createChanges({ clock, log, devices }: ChangesDeps): Changes {
  const listeners = new Map<EventStream, Listener>();
  let gathered = new Map<number, Gathered>();
  let toldMs = Number.NEGATIVE_INFINITY;

  async function tell(tenant: number, changes: Gathered): Promise<void> {
    // What each may see as of now: changes are told within the scope, and so is how many there are.
    const readers = [...listeners]
      .filter(([, listener]) => listener.tenant === tenant)
      .map(([stream, { scope }]) => ({ stream, seen: scope() }));
    for (const [kind, idxs] of changes) {
      const names = idxs.size > MAX_TOLD ? null : await devices.name(tenant, [...idxs]);
      for (const { stream, seen } of readers) {
        const shown = seen === null ? [...idxs] : [...idxs].filter((idx) => seen.has(idx));
        if (shown.length === 0) continue;
        const data =
          names === null ? { many: shown.length } : { devices: shown.flatMap((idx) => names.get(idx) ?? []) };
        stream.send({ event: kind, data });
      }
    }
  }

  function flush(): void {
    toldMs = clock.monotonic();
    const all = gathered;
    gathered = new Map();
    for (const [tenant, changes] of all) {
      tell(tenant, changes).catch((err: unknown) =>
        log.warn({ err }, 'changes could not be told to live views'),
      );
    }
  }

  return {
    note(kind, tenant, idx) {
      if (listeners.size === 0) return;
      if (gathered.size === 0) clock.after(Math.max(FIRST_MS, toldMs + GATHER_MS - clock.monotonic()), flush);
      const changes = gathered.get(tenant) ?? new Map<ChangeKind, Set<number>>();
      gathered.set(tenant, changes);
      changes.set(kind, (changes.get(kind) ?? new Set<number>()).add(idx));
    },
    serve(app) {
      const streams = createEventStreams(app, clock);
      app.get(
        '/api/v1/events',
        {
          config: { permission: 'devices.read', scope: 'list' },
          schema: {
            summary: 'Watch devices change (server-sent events: device, inventory, alerts)',
            description:
              'Each event names the devices that changed, or says how many when there are more than 200.',
            tags: ['devices'],
          },
        },
        async (request, reply) => {
          const { tenant } = principalOf(request);
          const stream = streams.open(request, reply);
          listeners.set(stream, { tenant, scope: followScope(request) });
          void stream.closed.then(() => listeners.delete(stream));
        },
      );
    },
  };
}
