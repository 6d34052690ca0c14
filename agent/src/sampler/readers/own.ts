// The agent's own budget: processor time, memory and waiting messages, so that its cost shows where its figures show.
import { type CreateReader, toRate } from '../reader.ts';

const US_PER_S = 1_000_000;

/** Reads what this process uses. */
export const createOwnReader: CreateReader = ({ source, table, outboxDepth }) => {
  const cpu = table.series('muster.agent.cpu');
  const memory = table.series('muster.agent.memory');
  const outbox = table.series('muster.agent.outbox');
  let before = Number.NaN;
  return {
    read({ elapsedS }) {
      const usedUs = source.readOwnCpuUs();
      table.set(cpu, toRate(usedUs, before, elapsedS) / US_PER_S);
      before = usedUs;
      table.set(memory, source.readOwnResidentBytes());
      table.set(outbox, outboxDepth() ?? Number.NaN);
    },
    close() {},
  };
};
