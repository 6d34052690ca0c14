// Progress of long work, on standard error and only where somebody watches it.
import type { Terminal } from '../terminal.ts';
import { countOf, formatCount } from './count.ts';

/** Says how far the work is. */
export type Report = (done: number, total?: number) => void;

/** What is done, in the words of a progress line. */
export interface Work {
  /** `Reading devices`. */
  readonly title: string;
  /** `device`. */
  readonly thing: string;
}

/** `Reading devices: 1,500 of 4,312`. */
export function formatProgress({ title, thing }: Work, done: number, total?: number): string {
  return total === undefined
    ? `${title}: ${countOf(done, thing)}`
    : `${title}: ${formatCount(Math.min(done, total))} of ${countOf(total, thing)}`;
}

/** Runs long work under a progress line that is gone when it ends. */
export async function withProgress<T>(
  { stderr }: Terminal,
  work: Work,
  act: (report: Report) => Promise<T>,
): Promise<T> {
  if (stderr.isTTY !== true) return await act(() => undefined);
  const { DefaultRenderer, Listr, ListrLogger, ProcessOutput } = await import('listr2');
  // Both streams are standard error: data must not be mixed with progress, and data in a file is no reason for silence.
  const processOutput = new ProcessOutput(process.stderr, process.stderr, { leaveEmptyLine: false });
  const results: T[] = [];
  /** The usual one asks standard output whether it is a terminal, where nothing of this is written. */
  class StderrRenderer extends DefaultRenderer {
    static override nonTTY = true;
  }
  await new Listr(
    [
      {
        title: `${work.title} …`,
        task: async (_, task) => {
          results.push(
            await act((done, total) => {
              task.title = formatProgress(work, done, total);
            }),
          );
        },
      },
    ],
    {
      renderer: StderrRenderer,
      rendererOptions: {
        clearOutput: true,
        // Whoever called says what failed; here it would stand twice.
        showErrorMessage: false,
        logger: new ListrLogger({ processOutput, useIcons: true }),
      },
    },
  ).run();
  const [result] = results;
  if (results.length === 0) throw new Error('the work ended without a result');
  return result as T;
}
