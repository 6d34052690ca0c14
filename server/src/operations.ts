// Routes for whoever operates the server: alive, ready, and figures for Prometheus.
import { Type } from 'typebox';
import type { Database } from './core/db/database.ts';
import type { HttpApp } from './core/http/server.ts';
import { fail } from './errors.ts';
import type { Gateway } from './gateway/gateway.ts';

/** What the routes read. */
export interface OperationDeps {
  readonly database: Database;
  readonly gateway: Gateway;
}

/** One figure: name, type, meaning, value. */
type Figure = readonly [name: string, type: 'counter' | 'gauge', help: string, value: number];

/** The text form of Prometheus (exposition format 0.0.4). */
function formatFigures(figures: readonly Figure[]): string {
  return figures
    .map(([name, type, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`)
    .join('');
}

function readFigures({ database, gateway }: OperationDeps): Figure[] {
  const counts = gateway.counts();
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
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
    ['process_resident_memory_bytes', 'gauge', 'Resident memory.', memory.rss],
    ['process_cpu_seconds_total', 'counter', 'Processor time.', (cpu.user + cpu.system) / 1e6],
  ];
}

/** Registers the routes. They need no sign-in: they tell no names and no content. */
export function registerOperationRoutes(app: HttpApp, deps: OperationDeps): void {
  const State = Type.Object({ state: Type.String() }, { additionalProperties: false });
  const open = { config: { public: true } } as const;
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
      return formatFigures(readFigures(deps));
    },
  );
}
