// `pnpm demo`: a server with a fleet that looks alive and has trouble in it, and what to try with it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from '@muster/protocol/commands';
import { createOrders } from '../support/orders.ts';
import { root, runNode, serverProgram, startNode } from '../support/processes.ts';
import { pause, until } from '../support/wait.ts';
import { characterOf, groupOf, roles, sites } from './characters.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { type Office, openOffice } from './jobs.ts';
import { readKept } from './kept.ts';
import { profiles } from './profile.ts';

/** A first start has to make its database, ms. */
const START_PATIENCE_MS = 90_000;
/** Devices that enroll in a second: the server takes them in beside everything else. */
const RATE = 40;

/** What the command line of a demo says. */
export interface DemoOptions {
  readonly devices: number;
  readonly port: number;
  /** Address of a server that runs already; '': a quick start of its own. */
  readonly server: string;
  /** Enrollment token for it. */
  readonly token: string;
  readonly seconds: number;
}

export const DEMO_USAGE = `A control server with a fleet that looks alive, and what to try with it:

  npx pnpm@12.21.0 demo --devices 500

  --devices N     devices (500)
  --port N        port of the server (8444)
  --server URL    a server that runs already instead, with --token mst1.…, which has a use for each device
  --seconds N     stop after; Ctrl-C stops sooner

Server and devices are kept in .muster/demo, for one demo at a time; remove it to begin anew.
`;

/** Reads the command line; null asks for the usage. @throws Error naming what is wrong */
export function readDemoOptions(args: readonly string[]): DemoOptions | null {
  const text = { type: 'string' } as const;
  const options = {
    devices: text,
    port: text,
    server: text,
    token: text,
    seconds: text,
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ args: [...args], options, strict: true });
  if (values.help === true) return null;
  const [devices, port, seconds] = [
    Number(values.devices ?? 500),
    Number(values.port ?? 8_444),
    Number(values.seconds ?? 86_400),
  ];
  if (!Number.isInteger(devices) || devices < 1 || devices > 20_000)
    throw new Error('--devices must be a whole number from 1 to 20000.');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error('--port must be a port.');
  if (!(seconds > 0)) throw new Error('--seconds must be a number above 0.');
  const { server = '', token = '' } = values;
  if ((server === '') !== (token === '')) throw new Error('--server and --token belong together.');
  return { devices, port, server, token, seconds };
}

/** What was started, ended in the opposite order. */
export interface Demo {
  readonly fleet: Fleet;
  readonly title: string;
  /** What to try, for people. */
  readonly words: string;
  stop(): Promise<void>;
}

/** Why a server did not start, for people: without its log. */
export function sayWhyEnded(output: string, end: number | string): string {
  const said = output.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  if (said.some((line) => line.includes('(E_DATA_LOCKED)')))
    return 'A demo runs already with the data in .muster/demo; end it first, with Ctrl-C in its terminal.';
  return `The server ended with ${end}: ${said.length > 0 ? said.join('\n') : output.slice(-2_000)}`;
}

/** A server of its own and how it is used. */
interface House {
  readonly office: Office;
  /** The sign-in of this demo, for the command line. */
  readonly profile: string;
}

/**
 * Starts a server in quick start mode on a folder of its own, without an agent of this machine: whatever is ordered here, by the demo or by
 * who tries it, reaches simulated devices only.
 */
async function startHouse(port: number, ends: (() => Promise<void>)[]): Promise<House> {
  const folder = join(root, '.muster', 'demo');
  const dataDir = join(folder, 'server');
  await mkdir(folder, { recursive: true });
  const owner = { teardown: () => undefined };
  const url = `https://127.0.0.1:${port}`;
  const program = startNode(owner, serverProgram('run', '--data-dir', dataDir, '--port', String(port)));
  ends.push(async () => {
    program.signal('SIGTERM');
    await program.ended;
  });
  let end: number | string | null = null;
  void program.ended.then((code) => {
    end = code;
  });
  await until(
    'the server is ready',
    () => {
      if (end !== null) throw new Error(sayWhyEnded(program.output(), end));
      return program.output().includes('"server is ready"');
    },
    START_PATIENCE_MS,
  );
  const token = (
    await runNode(owner, serverProgram('token', '--name', 'demo', '--data-dir', dataDir))
  ).trim();
  const ca = await readFile(join(dataDir, 'tls', 'ca.pem'), 'utf8');
  const profile = join(folder, 'profile.json');
  const signIn = { url, token, ca, keyFolder: join(dataDir, 'keys') };
  await writeFile(profile, JSON.stringify(signIn), { mode: 0o600 });
  return { office: openOffice({ url, token, dataDir }), profile };
}

/** The label of every device of a demo; jobs of the demo go to nobody else. */
const simulated = { simulated: 'yes' } as const;
const isSimulated = 'label("simulated") == "yes"';

/** A token for each site and role, with both as labels and a use for each of these devices. */
export async function makeTokens({ call }: Office, devices: readonly number[]): Promise<string[]> {
  const uses = new Array<number>(sites.length * roles.length).fill(0);
  for (const device of devices) {
    const group = groupOf(characterOf(device));
    uses[group] = (uses[group] ?? 0) + 1;
  }
  const texts: string[] = [];
  for (const [group, count] of uses.entries()) {
    const labels = {
      site: sites[Math.floor(group / roles.length)] ?? '',
      role: roles[group % roles.length]?.name ?? '',
      ...simulated,
    };
    const body = {
      name: `demo ${labels.site} ${labels.role}`,
      uses: Math.max(1, count),
      autoApprove: true,
      labels,
    };
    const answer = await call<{ text?: string }>('/api/v1/enrollment-tokens', { method: 'POST', body });
    if (answer.body.text === undefined) throw new Error(`no enrollment token: ${answer.text}`);
    texts.push(answer.body.text);
  }
  return texts;
}

/** Jobs that leave something to look at: one that goes well, and two in which some devices fail. Each is known by its reason. */
const jobs: readonly { readonly on: string; readonly command: Partial<Command> & { reason: string } }[] = [
  { on: isSimulated, command: { kind: 'inventory.refresh', reason: 'A look at everything.' } },
  {
    on: `${isSimulated} && hostname.contains("-web-")`,
    command: { kind: 'service.restart', args: { name: 'nginx' }, reason: 'New certificates.' },
  },
  {
    on: `${isSimulated} && os.family == "debian"`,
    command: { kind: 'package.upgrade', args: { names: ['openssl'] }, reason: 'A repair of openssl.' },
  },
];

/** Orders those of the jobs that are not there from an earlier start. */
export async function giveJobs(office: Office): Promise<void> {
  const { body } = await office.call<{ jobs: readonly { reason: string }[] }>('/api/v1/jobs?limit=500');
  const given = new Set(body.jobs.map(({ reason }) => reason));
  const orders = await createOrders(office);
  for (const { on, command } of jobs) if (!given.has(command.reason)) await orders.order(on, command);
}

/** What to try; on a server of others (no profile) nothing that its own devices would get, and nothing that only labels of a demo find. */
function describe(profile: string, devices: number): string {
  const { hostname } = characterOf(devices - 1);
  const [some, order] =
    profile === ''
      ? [`devices --hostname ${hostname.slice(0, 4)}`, `run inventory.refresh --device ${hostname}`]
      : [
          'devices --on \'label("site") == "fra" && os.family == "debian"\'',
          'run inventory.refresh --on \'hostname.contains("-db-")\'',
        ];
  const rows: readonly (readonly [string, string])[] = [
    ['devices', `all ${devices} of them, by site and role`],
    [some, 'some of them'],
    ['top', 'the fleet, live'],
    ["who-has openssl --version '<3.0.17'", 'who still has the old one'],
    ['alerts', 'disks that fill'],
    [`device ${hostname}`, 'one of them'],
    ...(profile === '' ? [] : [['jobs', 'what was ordered, and what failed'] as const]),
    [order, 'order something yourself'],
  ];
  const width = Math.max(...rows.map(([command]) => command.length)) + 2;
  const lines = rows.map(([command, says]) => `  npx pnpm@12.21.0 muster ${command.padEnd(width)}${says}`);
  const setting = profile === '' ? [] : [`  export MUSTER_PROFILE=${profile}`];
  return ['', 'Try in another terminal:', ...setting, ...lines, ''].join('\n');
}

/** Lively, each its own measurements, and the trouble that a fleet of this size has on any day. */
const liveliness = {
  profile: profiles.lively,
  faults: { flaps: 0.01, clocks: 0.01, 'half-open': 0.01, slow: 0.01 },
  rate: RATE,
  failShare: 0.06,
  runMs: 1_500,
  reports: 'merged',
  isDemo: true,
} as const;

/** Starts everything; `say` tells the person who waits. */
export async function startDemo(options: DemoOptions, say: (text: string) => void): Promise<Demo> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    return { ...(await startParts(options, { ends, say })), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  { devices, port, server, token }: DemoOptions,
  { ends, say }: { ends: (() => Promise<void>)[]; say: (text: string) => void },
): Promise<Omit<Demo, 'stop'>> {
  const wish = { ...liveliness, devices, courses: devices };
  if (server !== '') {
    const fleet = await startFleet({ ...wish, url: server, tokens: [token] });
    ends.push(async () => void (await fleet.stop()));
    return {
      fleet,
      title: `${devices} simulated devices on ${server}; Ctrl-C ends`,
      words: describe('', devices),
    };
  }
  say('Starting a control server with its database in .muster/demo …');
  const { office, profile } = await startHouse(port, ends);
  say(`The server is at ${office.url}; ${devices} devices are on their way in, about ${RATE} in a second.`);
  const devicesFile = join(root, '.muster', 'demo', 'fleet.json');
  const kept = (await readKept(devicesFile)).devices;
  const strangers = Array.from({ length: devices }, (_, device) => device).filter(
    (device) => kept[device] === undefined,
  );
  const tokens = strangers.length === 0 ? [] : await makeTokens(office, strangers);
  const fleet = await startFleet({ ...wish, url: office.url, tokens, devicesFile });
  ends.push(async () => void (await fleet.stop()));
  void orderSoon(office, { fleet, devices }).catch((error: unknown) =>
    say(`The jobs were not ordered: ${String(error)}`),
  );
  return {
    fleet,
    title: `${devices} simulated devices on ${office.url}; Ctrl-C ends both`,
    words: describe(profile, devices),
  };
}

/** When most are there and have said what they are. */
async function orderSoon(
  office: Office,
  { fleet, devices }: { fleet: Fleet; devices: number },
): Promise<void> {
  await fleet.until('most devices are online', ({ online }) => online >= devices * 0.9);
  await pause(5_000);
  await giveJobs(office);
}
