// The command line of the fleet: one closed table, all faults told at once.
import { parseArgs } from 'node:util';
import type { CrewOptions } from './crew/world.ts';
import { type Faults, faultKinds, parseFaults } from './faults.ts';
import { type Profile, type ProfileName, profiles } from './profile.ts';

/** Most devices of a fleet; a process holds as many as it may have open files. */
const MAX_DEVICES = 1_000_000;

/** What the command line of a fleet says. */
export interface FleetOptions extends Omit<CrewOptions, CrewOnly> {
  /** File with enrollment tokens, one a line; '': only devices of an earlier run. */
  readonly tokenFile: string;
  readonly devicesFile: string;
  /** Runs for so long, then says goodbye. */
  readonly seconds: number;
  readonly processes: number;
  readonly profileName: ProfileName;
  /** Data folder of a quick start whose signer gives the jobs of the profile; '': nobody orders. */
  readonly ordersFrom: string;
  /** Nothing but one JSON at the end. */
  readonly json: boolean;
}

/** What no command line says. */
type CrewOnly = 'tokens' | 'first' | 'maxOpening' | 'addresses' | 'isDemo';

const faultLines = Object.entries(faultKinds)
  .map(([name, { share, says }]) => `      ${name.padEnd(12)}${says} (${share})`)
  .join('\n');

export const FLEET_USAGE = `Simulate 20,000 devices on a server:

  npx pnpm@12.21.0 muster tokens create --uses 20000 --approve-automatically > token.txt
  npx pnpm@12.21.0 fleet --devices 20000 --profile mw1 --token-file token.txt --devices-file devices.json

Who
  --devices N           devices (100)
  --url URL             address of the server (https://127.0.0.1:8443)
  --token-file FILE     enrollment tokens, with a use for each device; the output of muster tokens create will do
  --devices-file FILE   keep the enrolled devices there; later runs need no token then
  --processes N         processes (one for 5,000 devices, at most one a processor, and as many as open files demand)

What they do (docs/fleet.md)
  --profile NAME        ${Object.keys(profiles).join(', ')} (mw1: 20 metrics, a heartbeat a minute, a chunk every 15 minutes,
                        one change, two jobs and two reconnects a day)
  --speed N             the same day in less time: all intervals divided by it (1)
  --beat-ms N, --chunk-every S, --change-every S, --reconnect-every S
                        one interval by itself, 0 never (for heartbeats: as the server says)
  --idle                the profile idle: heartbeats only
  --orders FOLDER       data folder of the server's quick start: its signer gives the jobs of the profile
  --run-ms N            how long a run takes on average (0)
  --fail-share N        share of runs that fail (0)
  --reports all|merged  accepted, running and end each by itself; or merged within 25 ms, as agents do (all)
  --courses N           distinct courses of measurements that devices share (256)

How they connect
  --rate N              first connections begun in a second (200); a server takes 200 handshakes unless told otherwise
  --resume              resume TLS sessions
  --check-welcome       verify the server's signature of each welcome, as agents do (0.2 ms of a processor each)

Trouble
  --faults LIST         kinds with the share of devices that has them, as in slow,half-open=0.05:
${faultLines}
  --storm-every S       time between two storms (120)

How long
  --seconds N           stop after (86400); Ctrl-C stops sooner
  --json                nothing but one JSON with all counts at the end; it comes too where the output is no terminal
`;

const numbers = {
  devices: { usual: 100, min: 1, max: MAX_DEVICES },
  seconds: { usual: 86_400, min: 1, max: 31 * 86_400 },
  rate: { usual: 200, min: 1, max: 100_000 },
  processes: { usual: 0, min: 0, max: 256 },
  speed: { usual: 1, min: 0.001, max: 100_000 },
  'storm-every': { usual: 120, min: 1, max: 86_400 },
  courses: { usual: 256, min: 1, max: MAX_DEVICES },
  'run-ms': { usual: 0, min: 0, max: 3_600_000 },
  'fail-share': { usual: 0, min: 0, max: 1 },
} as const;
const intervals = {
  'beat-ms': { field: 'beatEveryMs', unitMs: 1 },
  'chunk-every': { field: 'chunkEveryMs', unitMs: 1_000 },
  'change-every': { field: 'changeEveryMs', unitMs: 1_000 },
  'reconnect-every': { field: 'leaveEveryMs', unitMs: 1_000 },
} as const satisfies Record<string, { field: keyof Profile; unitMs: number }>;
const texts = ['url', 'token-file', 'devices-file', 'profile', 'faults', 'reports', 'orders'] as const;
const switches = ['idle', 'resume', 'check-welcome', 'json', 'help'] as const;

type TextName = (typeof texts)[number] | keyof typeof numbers | keyof typeof intervals;

const flags = Object.fromEntries([
  ...[...texts, ...Object.keys(numbers), ...Object.keys(intervals)].map((name) => [name, { type: 'string' }]),
  ...switches.map((name) => [name, { type: 'boolean' }]),
]) as Record<string, { type: 'string' | 'boolean' }>;

/** Values by name, with the faults that were found in them. */
class Values {
  readonly faults: string[] = [];
  private readonly values: Readonly<Record<string, string | boolean | undefined>>;

  constructor(values: Readonly<Record<string, string | boolean | undefined>>) {
    this.values = values;
  }

  text(name: TextName): string | undefined {
    const value = this.values[name];
    return typeof value === 'string' ? value : undefined;
  }

  isOn(name: (typeof switches)[number]): boolean {
    return this.values[name] === true;
  }

  number(name: keyof typeof numbers): number {
    const { usual, min, max } = numbers[name];
    const text = this.text(name);
    const value = text === undefined ? usual : Number(text);
    // What is counted is whole.
    const isCount = Number.isInteger(usual) && Number.isInteger(min) && name !== 'fail-share';
    if (!(value >= min && value <= max) || (isCount && !Number.isInteger(value)))
      this.faults.push(`--${name} must be a ${isCount ? 'whole ' : ''}number from ${min} to ${max}`);
    return value;
  }

  /** The profile with the intervals that were given one by one. */
  profile(name: ProfileName): Profile {
    const changes = Object.entries(intervals).flatMap(([flag, { field, unitMs }]) => {
      const text = this.text(flag as keyof typeof intervals);
      if (text === undefined) return [];
      const value = Number(text) * unitMs;
      if (!(value >= 0 && value <= 365 * 86_400_000))
        this.faults.push(`--${flag} must be a number, 0 for never`);
      return [[field, value]];
    });
    return { ...profiles[name], ...Object.fromEntries(changes) };
  }

  choice<T extends string>(name: TextName, choices: readonly T[], usual: T): T {
    const text = this.text(name) ?? usual;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) this.faults.push(`--${name} must be one of ${choices.join(', ')}`);
    return found ?? usual;
  }

  troubles(): Faults {
    try {
      return parseFaults(this.text('faults') ?? '');
    } catch (error) {
      this.faults.push(`--faults: ${error instanceof Error ? error.message : String(error)}`);
      return {};
    }
  }
}

/** Reads the command line; null asks for the usage. @throws Error whose message names every fault */
export function readFleetOptions(args: readonly string[]): FleetOptions | null {
  const values = new Values(parseArgs({ args: [...args], options: flags, strict: true }).values as never);
  if (values.isOn('help')) return null;
  const usual = values.isOn('idle') ? 'idle' : 'mw1';
  const profileName = values.choice('profile', Object.keys(profiles) as ProfileName[], usual);
  const url = values.text('url') ?? 'https://127.0.0.1:8443';
  if (!/^https?:\/\/[^/]+\/?$/.test(url))
    values.faults.push('--url must be an address such as https://127.0.0.1:8443');
  const options: FleetOptions = {
    url,
    tokenFile: values.text('token-file') ?? '',
    devicesFile: values.text('devices-file') ?? '',
    devices: values.number('devices'),
    seconds: values.number('seconds'),
    rate: values.number('rate'),
    processes: values.number('processes'),
    profileName,
    profile: values.profile(profileName),
    speed: values.number('speed'),
    faults: values.troubles(),
    stormEveryMs: values.number('storm-every') * 1_000,
    resume: values.isOn('resume'),
    checkWelcome: values.isOn('check-welcome'),
    courses: values.number('courses'),
    reports: values.choice('reports', ['all', 'merged'], 'all'),
    runMs: values.number('run-ms'),
    failShare: values.number('fail-share'),
    ordersFrom: values.text('orders') ?? '',
    json: values.isOn('json'),
  };
  if (options.tokenFile === '' && options.devicesFile === '')
    values.faults.push('--token-file is needed, or a --devices-file of an earlier run');
  if (values.faults.length > 0) throw new Error(`${values.faults.join('; ')}.`);
  return options;
}
