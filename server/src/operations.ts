// Routes for whoever operates the server: alive, ready, and figures for Prometheus, of this process or of all workers.
import { Type } from 'typebox';
import type { Bus } from './bus/bus.ts';
import type { Database } from './core/db/database.ts';
import type { HttpApp } from './core/http/server.ts';
import type { LoopDelay } from './core/loop-delay.ts';
import { fail } from './errors.ts';
import { type Figure, formatFigures, formatWorkers, type WorkerFigures } from './figures.ts';
import type { Gateway } from './gateway/gateway.ts';
import { FIGURES_WAIT_MS } from './timing.ts';

/** What the routes read. */
export interface OperationDeps {
  readonly database: Database;
  readonly gateway: Pick<Gateway, 'counts'>;
  readonly loopDelay: LoopDelay;
  readonly bus: Bus;
  /** Number of this worker; absent when the server is one process. */
  readonly worker: number | undefined;
  /** How many workers there should be. */
  readonly workers: number;
}

/** What every worker answers for itself. */
export const OWN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** Topic of the bus under which each worker is asked for its figures. */
const FIGURES_TOPIC = 'operation.figures';

function readFigures({ database, gateway, loopDelay, bus }: OperationDeps): Figure[] {
  const counts = gateway.counts();
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const crossing = bus.counts();
  return [
    ['muster_sessions', 'gauge', 'Agents connected.', counts.sessions],
    ['muster_frames_total', 'counter', 'Frames received from agents.', counts.frames],
    ['muster_admitted_total', 'counter', 'Agent sockets admitted.', counts.admitted],
    ['muster_refused_rate_total', 'counter', 'Connections cut by the handshake budget.', counts.refusedRate],
    [
      'muster_refused_cap_total',
      'counter',
      'Sockets refused by the cap of unauthenticated ones.',
      counts.refusedCap,
    ],
    [
      'muster_refused_late_total',
      'counter',
      'Connections cut because the event loop was late.',
      counts.refusedLate,
    ],
    ['muster_connecting', 'gauge', 'Connections that have proven nothing yet.', counts.connecting],
    [
      'muster_unauthenticated',
      'gauge',
      'Agent sockets that have not authenticated yet.',
      counts.unauthenticated,
    ],
    ['muster_statements_total', 'counter', 'Statements sent to the database.', database.statements()],
    [
      'muster_database_up',
      'gauge',
      '1 while the database answers.',
      database.health.state() === 'available' ? 1 : 0,
    ],
    ['muster_bus_sent_total', 'counter', 'Messages sent to other workers.', crossing.sent],
    [
      'muster_bus_dropped_total',
      'counter',
      'Messages to other workers dropped because too much was waiting.',
      crossing.dropped,
    ],
    [
      'muster_bus_missed_total',
      'counter',
      'Times this process was told that it missed messages.',
      crossing.missed,
    ],
    ['muster_bus_queued_bytes', 'gauge', 'Bytes that wait for other workers.', crossing.queuedBytes],
    [
      'muster_event_loop_delay_seconds',
      'gauge',
      'Longest delay of the event loop in the last second.',
      loopDelay.recentMs() / 1_000,
    ],
    [
      'muster_event_loop_delay_max_seconds',
      'gauge',
      'Longest delay of the event loop since the start.',
      loopDelay.longestMs() / 1_000,
    ],
    ['process_resident_memory_bytes', 'gauge', 'Resident memory.', memory.rss],
    ['process_cpu_seconds_total', 'counter', 'Processor time.', (cpu.user + cpu.system) / 1e6],
  ];
}

/** Figures of all workers that answer; whoever does not is told by what is missing. */
async function readWorkers(deps: OperationDeps, own: WorkerFigures): Promise<WorkerFigures[]> {
  const question = { body: null, timeoutMs: FIGURES_WAIT_MS };
  const answers = await Promise.allSettled(
    deps.bus.members().map((gateway) => deps.bus.request({ gateway }, FIGURES_TOPIC, question)),
  );
  // All workers run one program, so an answer has this form.
  const others = answers.flatMap((answer) =>
    answer.status === 'fulfilled' ? [answer.value as WorkerFigures] : [],
  );
  return [own, ...others].toSorted((a, b) => a.worker - b.worker);
}

async function readText(deps: OperationDeps): Promise<string> {
  const { worker, workers } = deps;
  const figures = readFigures(deps);
  if (worker === undefined) return formatFigures(figures);
  return formatWorkers(await readWorkers(deps, { worker, figures }), workers);
}

/** Registers the routes. They need no sign-in: they tell no names and no content. */
export function registerOperationRoutes(app: HttpApp, deps: OperationDeps): void {
  const State = Type.Object({ state: Type.String() }, { additionalProperties: false });
  const open = { config: { public: true } } as const;
  const { worker } = deps;
  if (worker !== undefined) deps.bus.handle(FIGURES_TOPIC, () => ({ worker, figures: readFigures(deps) }));
  app.get(
    '/healthz',
    {
      ...open,
      schema: { summary: 'The process lives', tags: ['operation'], security: [], response: { 200: State } },
    },
    async () => ({ state: 'alive' }),
  );
  app.get(
    '/readyz',
    {
      ...open,
      schema: {
        summary: 'The server can do its work',
        tags: ['operation'],
        security: [],
        response: { 200: State },
      },
    },
    async () => {
      if (deps.database.health.state() !== 'available') throw fail('E_UNAVAILABLE');
      return { state: 'ready' };
    },
  );
  app.get(
    '/metrics',
    {
      ...open,
      schema: {
        summary: 'Figures for Prometheus',
        tags: ['operation'],
        security: [],
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) => {
      reply.type('text/plain; version=0.0.4; charset=utf-8').serializer((text: unknown) => String(text));
      return readText(deps);
    },
  );
}
