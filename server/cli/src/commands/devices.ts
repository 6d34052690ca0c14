// `muster devices`: the list of devices, and the decisions about one.
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { type DeviceFilter, findDevice } from '../api/find-device.ts';
import type { Device } from '../api/types.ts';
import { confirm } from '../input/ask.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawDevices, fieldsOf, usualColumns } from '../views/device-list.ts';
import { addDeviceRowOptions, type DeviceRowOptions, noteRest, readDevices } from './device-rows.ts';
import { refuseStrayWords } from './group.ts';
import { addListOptions } from './options.ts';

interface DevicesOptions extends DeviceRowOptions, Omit<DeviceFilter, 'id' | 'sort'> {}

const states = ['pending', 'active', 'quarantined', 'retired'] as const satisfies readonly Device['state'][];

/** What a decision does, said before or after it. */
const decisions = {
  approve: { summary: 'let a pending device in', done: 'is approved', isDangerous: false },
  release: { summary: 'let a quarantined device work again', done: 'is released', isDangerous: false },
  retire: { summary: 'end the management of a device, for good', done: 'is retired', isDangerous: true },
} as const;

type Decision = keyof typeof decisions;

/** Registers the command and its subcommands. */
export function registerDevices(program: Command, terminal: Terminal): void {
  const devices = program
    .command('devices')
    .summary('list devices, or decide about one')
    .description(
      'Lists devices by name. What is too long for the terminal ends in …: fewer --columns leave more room, muster device shows one device whole, and in a pipe or a file nothing is cut. Its subcommands decide about one device.',
    )
    .option(
      '--on <expression>',
      `only devices it holds for, as 'os.family == "debian"'; muster facts lists what it may name`,
    )
    .addOption(new Option('--state <state>', 'only devices in that state').choices(states))
    .option('--hostname <prefix>', 'only devices whose host name begins so')
    .allowExcessArguments(true);
  addListOptions(addDeviceRowOptions(devices)).action((options: DevicesOptions, command: Command) => {
    refuseStrayWords(command, 'muster device <name|id> shows one device');
    return withSession(terminal, command, (session) => list(session, options));
  });
  for (const decision of ['approve', 'release', 'retire'] as const)
    registerDecision(devices, decision, terminal);
}

async function list(session: Session, options: DevicesOptions): Promise<void> {
  const { on, state, hostname, sort, columns = [...usualColumns] } = options;
  const filter: DeviceFilter = {
    ...(on !== undefined && { on }),
    ...(state && { state }),
    ...(hostname && { hostname }),
    ...(sort && { sort }),
  };
  // Chosen columns need fewer fields, and --json then has exactly these.
  const fields = options.columns && fieldsOf(columns);
  const page = await readDevices(session, { ...filter, ...(fields && { fields }) }, options);
  const nowMs = session.terminal.now();
  if (page.items.length === 0) session.note(explainNone(options));
  if (page.items.length > 0 || session.json)
    session.print(page, (canvas) => drawDevices(page.items, { columns, nowMs }, canvas));
  noteRest(session, page);
}

/** An empty list says why, and what to do. */
function explainNone({ on, state, hostname }: DevicesOptions): string {
  const filters = [
    on && `--on '${on}'`,
    state && `--state ${state}`,
    hostname && `--hostname ${hostname}`,
  ].filter(Boolean);
  return filters.length > 0
    ? `No device fits ${filters.join(' and ')}.`
    : 'There are no devices yet; muster tokens create prints the command that enrolls one.';
}

interface DecisionOptions {
  readonly yes?: true;
}

function registerDecision(devices: Command, decision: Decision, terminal: Terminal): void {
  const { summary, isDangerous } = decisions[decision];
  const command = devices
    .command(decision)
    .summary(summary)
    .description(`${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`)
    .argument('<device>', 'host name or id; the beginning of an id is enough');
  if (isDangerous) command.option('--yes', 'do it without asking');
  command.action((name: string, options: DecisionOptions, self: Command) =>
    withSession(terminal, self, (session) => decide(session, { name, decision, options })),
  );
}

async function decide(
  session: Session,
  { name, decision, options }: { name: string; decision: Decision; options: DecisionOptions },
): Promise<void> {
  const { done, isDangerous } = decisions[decision];
  const { id, hostname, fingerprint } = await findDevice(session.api, name);
  if (isDangerous && options.yes !== true)
    await confirm(
      session.terminal,
      {
        consequence: `${hostname} (${id}) will be retired: its session ends, its key is worth nothing any more. This cannot be undone; the machine can only enroll anew.`,
        // A name that cannot be typed must not make its device immortal.
        word: /^[!-~]+$/.test(hostname) ? hostname : id,
      },
      session.mayAsk,
    );
  const device = await take(
    session.api.http.POST('/api/v1/devices/{id}/decisions', { params: { path: { id } }, body: { decision } }),
  );
  if (session.json) session.print(device, () => '');
  session.note(`${hostname} ${done}. Its key: ${fingerprint}`);
}
