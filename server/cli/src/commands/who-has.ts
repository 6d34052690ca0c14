// `muster who-has`: the devices that have a package, in the order of versions of its ecosystem.
import { ECOSYSTEMS } from '@muster/protocol';
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { collectPages } from '../api/pages.ts';
import type { Holders } from '../api/types.ts';
import { parseVersionMatch, type VersionMatch } from '../input/words.ts';
import { beginningOf } from '../output/count.ts';
import { type Report, withProgress } from '../output/progress.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { describeQuestion, drawHolders, drawVersions, summarizeHolders } from '../views/software.ts';
import { addListOptions, type ListOptions, wantedRows } from './options.ts';

interface WhoHasOptions extends ListOptions {
  readonly version?: string;
  readonly ecosystem?: (typeof ECOSYSTEMS)[number];
  readonly versions?: true;
}

/** Registers the command. */
export function registerWhoHas(program: Command, terminal: Terminal): void {
  const command = program
    .command('who-has')
    .summary('find the devices that have a package')
    .description(
      'Finds the devices that have a package now, in the order in which they enrolled. Versions are ordered as dpkg, rpm, apk, pip and npm order them.',
    )
    .argument('<package>', 'exact name of the package')
    .option('--version <match>', "only these versions: 3.0.14, '<3.0.14', '>=3.0'")
    .addOption(new Option('--ecosystem <name>', 'only packages of this kind').choices([...ECOSYSTEMS]))
    .option('--versions', 'the versions with the number of devices, instead of the devices');
  addListOptions(command).action((name: string, options: WhoHasOptions, self: Command) => {
    const match = options.version === undefined ? undefined : parseVersionMatch(options.version);
    return withSession(terminal, self, (session) => show(session, { name, match, options }));
  });
}

interface Question {
  readonly name: string;
  readonly match: VersionMatch | undefined;
  readonly options: WhoHasOptions;
}

async function show(session: Session, question: Question): Promise<void> {
  const { name, options } = question;
  const holders = await readHolders(session, question);
  const isEmpty = holders.devices === 0;
  if (!isEmpty || session.json)
    session.print(holders, (canvas) =>
      options.versions ? drawVersions(holders.versions, canvas) : drawHolders(holders.items, canvas),
    );
  session.note(summarizeHolders(holders, describeQuestion(name, options.version)));
  if (holders.next !== null && !options.versions)
    session.note(
      `${beginningOf(holders.items.length, { word: 'first', thing: 'device' })}; --all shows all.`,
    );
}

function readHolders(session: Session, { name, match, options }: Question): Promise<Holders> {
  const { ecosystem, versions, all } = options;
  const query = { name, ...match, ...(ecosystem && { ecosystem }) };
  const read = (report?: Report) => {
    let total: number | undefined;
    return collectPages(
      async (page) => {
        const holders = await take(
          session.api.http.GET('/api/v1/software', { params: { query: { ...query, ...page } } }),
        );
        total = holders.devices;
        return holders;
      },
      { wanted: versions ? 1 : wantedRows(options), onPage: (rows) => report?.(rows, total) },
    );
  };
  return all ? withProgress(session.terminal, { title: 'Reading devices', thing: 'device' }, read) : read();
}
