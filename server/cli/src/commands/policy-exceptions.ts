// `muster policy exceptions`: which rules are left alone where, why, and until when; of files or of what is in force.
import type { Policy } from '@muster/protocol/policy';
import { type Command, Option } from 'commander';
import { pageOf } from '../api/pages.ts';
import { parseSpan } from '../input/moments.ts';
import { countOf } from '../output/count.ts';
import type { Terminal } from '../terminal.ts';
import type { ListedException } from '../views/exceptions.ts';
import { FILES } from './policy-device.ts';
import { withPolicies } from './policy-source.ts';

/** What was typed. */
interface Options {
  readonly soon: string;
}

/** Registers the command. */
export function registerExceptions(policy: Command, terminal: Terminal): void {
  policy
    .command('exceptions')
    .summary('list rules that are left alone somewhere, and until when')
    .description(
      'Lists the exceptions of policies, those that end first at the top: which rule is left alone on which devices, why, who answers for that, and until when; of those in files, which needs no server, or of those in force. One that is over changes nothing any more and may be taken out of its file.',
    )
    .argument('[files...]', `${FILES}; without: the policies in force`)
    .addOption(new Option('--soon <span>', 'what ends within this time is marked').default('14d'))
    .action((paths: string[], options: Options, command: Command) =>
      withPolicies(terminal, { paths, command }, async (printer, policies) => {
        const soonMs = parseSpan(options.soon);
        const { drawExceptions } = await import('../views/exceptions.ts');
        const listed = await listExceptions(policies, { nowMs: terminal.now(), soonMs });
        printer.print(pageOf(listed), (canvas) =>
          listed.length === 0 ? '' : drawExceptions(listed, canvas),
        );
        if (listed.length === 0)
          printer.note(`${countOf(policies.length, 'policy', 'policies')} without an exception.`);
        const over = listed.filter(({ state }) => state === 'over').length;
        if (over > 0)
          printer.note(
            `${countOf(over, 'exception is', 'exceptions are')} over: take ${over === 1 ? 'it' : 'them'} out of the files.`,
          );
      }),
    );
}

/** All of them, by their end. */
async function listExceptions(
  policies: readonly Policy[],
  { nowMs, soonMs }: { readonly nowMs: number; readonly soonMs: number },
): Promise<ListedException[]> {
  const { readUntil } = await import('@muster/protocol/policy');
  const all = policies.flatMap(({ name, exceptions }) =>
    exceptions.map((one) => {
      const leftMs = readUntil(one) - nowMs;
      const state =
        leftMs <= 0 ? ('over' as const) : leftMs <= soonMs ? ('ends-soon' as const) : ('holds' as const);
      return { policy: name, ...one, state };
    }),
  );
  return all.toSorted((a, b) => readUntil(a) - readUntil(b));
}
