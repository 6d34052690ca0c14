// `muster policy windows`: when repairs of policies may start, of files or of what is in force.
import type { Policy } from '@muster/protocol/policy';
import { type Command, Option } from 'commander';
import { pageOf } from '../api/pages.ts';
import { fail } from '../errors.ts';
import { parseMoment } from '../input/moments.ts';
import { parseCount } from '../input/words.ts';
import { countOf } from '../output/count.ts';
import type { Printer } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { FILES } from './policy-device.ts';
import { withPolicies } from './policy-source.ts';

/** Openings of one policy that are listed at most. */
const MAX_OPENINGS = 100;

/** What was typed. */
interface Options {
  readonly from: string;
  readonly count: string;
  readonly zone?: string;
}

/** Registers the command. */
export function registerWindows(policy: Command, terminal: Terminal): void {
  policy
    .command('windows')
    .summary('list when repairs of policies may start, and when not')
    .description(
      'Lists the next openings of the maintenance windows of policies, in the zone of this computer; of those in files, which needs no server, or of those in force. A policy without windows is not listed: its repairs start whenever they are due. Freezes that are not over by then are listed too: times in which nothing is repaired, whatever opens.',
    )
    .argument('[files...]', `${FILES}; without: the policies in force`)
    .addOption(new Option('--from <time>', 'from when on: now, a date, or date and time').default('now'))
    .addOption(new Option('--count <number>', 'openings of each policy').default('3'))
    .option(
      '--zone <zone>',
      'zone of the device, for windows that are reckoned in it, as Europe/Berlin (default: that of this computer)',
    )
    .action((paths: string[], options: Options, command: Command) =>
      withPolicies(terminal, { paths, command }, (printer, policies) =>
        list(printer, policies, { terminal, options }),
      ),
    );
}

/** The zone that was named, or that of this computer. @throws MusterError E_USAGE */
async function readZone(named: string | undefined): Promise<string> {
  const { isZone, readOwnZone } = await import('@muster/protocol/windows');
  if (named === undefined) return readOwnZone();
  if (isZone(named)) return named;
  throw fail('E_USAGE', { detail: `There is no time zone "${named}"; write one as Europe/Berlin.` });
}

async function list(
  printer: Pick<Printer, 'print' | 'note'>,
  policies: readonly Policy[],
  { terminal, options }: { readonly terminal: Terminal; readonly options: Options },
): Promise<void> {
  const fromMs = Date.parse(parseMoment(options.from, terminal.now()));
  const count = parseCount(options.count, { min: 1, max: MAX_OPENINGS });
  const zone = await readZone(options.zone);
  const [{ listFreezes, nextIntervals }, { drawFreezes, drawOpenings }] = await Promise.all([
    import('@muster/protocol/windows'),
    import('../views/openings.ts'),
  ]);
  const limited = policies.filter(({ windows }) => windows.length > 0);
  const openings = limited.flatMap(({ name, windows, missed }) =>
    nextIntervals(windows, { fromMs, count, zone }).map((one) => ({
      ...{
        policy: name,
        opens: new Date(one.fromMs).toISOString(),
        closes: new Date(one.toMs).toISOString(),
      },
      missed,
    })),
  );
  const freezes = listFreezes(policies)
    .filter(({ to }) => Date.parse(to) > fromMs)
    .toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from));
  printer.print({ zone, ...pageOf(openings), freezes }, (canvas) =>
    [
      ...(openings.length === 0 ? [] : [drawOpenings(openings, canvas)]),
      ...(freezes.length === 0 ? [] : [drawFreezes(freezes, canvas)]),
    ].join('\n\n'),
  );
  const named = new Set(openings.map(({ policy }) => policy));
  for (const { name } of limited.filter((one) => !named.has(one.name)))
    printer.note(`No window of ${name} opens any more: nothing that it wants is repaired.`);
  const others = policies.length - limited.length;
  if (others > 0)
    printer.note(
      `${countOf(others, 'policy has', 'policies have')} no windows: repairs start whenever they are due.`,
    );
}
