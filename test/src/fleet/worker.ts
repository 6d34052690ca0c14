// One process of a fleet: holds a part of the devices and does what the fleet's first process tells it.
import { type Crew, startCrew } from './crew/crew.ts';
import type { KeptCrew } from './crew/keeping.ts';
import type { CrewOptions } from './crew/world.ts';

/** What a worker can be told; each is answered once. */
export type Order =
  | { readonly do: 'start'; readonly options: CrewOptions; readonly kept: KeptCrew }
  | { readonly do: 'stats' | 'keep' | 'pause' | 'resume' | 'stop' }
  | { readonly do: 'storm'; readonly share: number }
  | { readonly do: 'hold'; readonly forMs: number }
  | { readonly do: 'flood'; readonly forMs: number };

/** An order on its way. */
export interface Asked {
  readonly id: number;
  readonly order: Order;
}

/** Its answer, or the words of a failure. */
export interface Answered {
  readonly id: number;
  readonly value?: unknown;
  readonly failed?: string;
}

let crew: Crew | null = null;

function started(): Crew {
  if (crew === null) throw new Error('the devices were not started');
  return crew;
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'start':
      crew = startCrew(order.options, order.kept);
      return null;
    case 'stats':
      return started().stats();
    case 'keep':
      return started().keep();
    case 'pause':
      return started().pause();
    case 'resume':
      return started().resume();
    case 'storm':
      return started().storm(order.share);
    case 'hold':
      return started().hold(order.forMs);
    case 'flood':
      return started().flood(order.forMs);
    case 'stop':
      return started().stop();
  }
}

async function answer({ id, order }: Asked): Promise<void> {
  const answered = await obey(order).then(
    (value): Answered => ({ id, value }),
    (error: unknown): Answered => ({
      id,
      failed: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }),
  );
  process.send?.(answered);
}

/** Takes orders until the first process is gone. */
export function runWorker(): void {
  process.on('message', (asked: Asked) => void answer(asked));
  process.on('disconnect', () => process.exit());
  // The first process decides what Ctrl-C means.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined);
}
