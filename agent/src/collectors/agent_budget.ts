// What the agent itself costs: processor, memory, files, how late it reacts, and what waits in its outbox.
import { agentBudgetSection } from '@muster/protocol';
import { measureLoopDelayMs, readOwnUse } from '../platform/self.ts';
import type { Collector } from './collector.ts';
import { MINUTE_MS } from './formats/attributes.ts';

/** How long the event loop is watched, ms. */
const LOOP_DELAY_MS = 500;

/** State of the outbox, handed in by the agent; the collector knows nothing of connections. */
export interface OutboxState {
  readonly items: number;
  readonly dropped: number;
}

/** Makes the collector. `readOutbox` answers null where no agent runs, as in `muster-agent collect`. */
export function createAgentBudget(
  readOutbox: () => OutboxState | null,
): Collector<(typeof agentBudgetSection)['columns']> {
  return {
    section: agentBudgetSection,
    everyMs: MINUTE_MS,
    timeoutMs: MINUTE_MS,
    async collect({ files }) {
      const delayMs = await measureLoopDelayMs(LOOP_DELAY_MS);
      const use = readOwnUse();
      const openFiles = (await files.list('/proc/self/fd')).length;
      const outbox = readOutbox();
      const row = {
        pid: use.pid,
        uptime: use.uptimeSeconds,
        cpu_seconds: use.cpuSeconds,
        resident_size: use.residentBytes,
        heap_used: use.heapBytes,
        // The list holds the descriptor it is read through.
        open_files: openFiles === 0 ? null : openFiles - 1,
        event_loop_delay_p99: delayMs,
        outbox_items: outbox?.items ?? null,
        outbox_dropped: outbox?.dropped ?? null,
      };
      return { outcome: 'ok', rows: [row] };
    },
  };
}
