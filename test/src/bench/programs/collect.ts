// Loaded into a server under test: collects its garbage at SIGUSR2 and prints the bytes that V8 and its buffers still hold.
import { setImmediate as turn } from 'node:timers/promises';

async function collect(): Promise<void> {
  // What the first pass makes free, finalizers release in the next turn, for a second one.
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc?.();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ retainedBytes: heapUsed + external })}\n`);
}

process.on('SIGUSR2', () => void collect());
