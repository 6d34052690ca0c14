// Section `agent_budget`: what the agent itself costs the device.
import { defineSection } from '../section.ts';

/** Live. One row, measured by the agent on itself. Not in osquery. */
export const agentBudgetSection = defineSection({
  name: 'agent_budget',
  title: 'Agent budget',
  description: 'Processor time, memory, files and queue of the agent process, as it measures them itself.',
  kind: 'live',
  key: [],
  columns: {
    pid: { type: 'integer', required: true, description: 'Process id of the agent.' },
    uptime: { type: 'integer', unit: 's', required: true, description: 'Time since the agent was started.' },
    cpu_seconds: {
      type: 'real',
      unit: 's',
      required: true,
      description: 'Processor time since then, user and system.',
    },
    resident_size: { type: 'integer', unit: 'By', required: true, description: 'Memory it holds.' },
    // The part of it that the program itself has taken; the rest is the runtime and its libraries.
    heap_used: { type: 'integer', unit: 'By', required: true, description: 'Memory of its own objects.' },
    open_files: { type: 'integer', description: 'Open files and sockets.' },
    event_loop_delay_p99: {
      type: 'real',
      unit: 'ms',
      required: true,
      description: 'How late it reacts: 99th percentile over half a second at the moment of asking.',
    },
    // What waits for the server, so that a device that falls behind says so itself.
    outbox_items: {
      type: 'integer',
      description: 'Messages that the server has not acknowledged; null outside a running agent.',
    },
    outbox_dropped: {
      type: 'integer',
      description: 'Measurements dropped since the start because the outbox was full.',
    },
  },
});
