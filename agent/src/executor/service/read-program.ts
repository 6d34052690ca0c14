// Runs a short program inside the executor, for kinds that look before they act: exact arguments, bounded time and output.
import { MAX_OUTPUT_BYTES } from '@muster/protocol/commands';
import { sleep } from '../../platform/pause.ts';
import type { Ended, Program } from '../kinds/kind.ts';
import { TERM_GRACE_MS } from '../limits.ts';
import type { Asked } from '../spool/spool.ts';
import { startAs } from '../spool/wrapper.ts';

/** Output that comes so long after the end is not waited for, ms. */
const DRAIN_MS = 1_000;

/** Runs it. @throws the system's error when it cannot be started */
export async function readProgramOutput(program: Program, asked: Asked): Promise<Ended> {
  const running = await startAs(program, asked);
  const maxBytes = program.maxOutputBytes ?? MAX_OUTPUT_BYTES;
  let kept: Buffer = Buffer.alloc(0);
  let timedOut = false;
  const drained = running.output.map(
    (stream) =>
      new Promise<void>((resolve) => {
        stream.on('data', (piece: Buffer) => {
          const all = Buffer.concat([kept, piece]);
          kept = all.length > maxBytes ? all.subarray(all.length - maxBytes) : all;
        });
        stream.once('close', () => resolve());
      }),
  );
  const timer = setTimeout(() => {
    timedOut = true;
    running.signal('SIGTERM');
    setTimeout(() => running.signal('SIGKILL'), TERM_GRACE_MS).unref();
  }, program.timeoutMs);
  const { exit, signal } = await running.ended;
  clearTimeout(timer);
  await Promise.race([Promise.all(drained), sleep(DRAIN_MS)]);
  for (const stream of running.output) stream.destroy();
  return { exit, signal, timedOut, output: kept.toString('utf8') };
}
