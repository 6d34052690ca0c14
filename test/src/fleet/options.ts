// The command line of the fleet: one closed table, all faults told at once.
import { parseArgs } from 'node:util';

/** Most devices of one process; more need more processes, for a process may open 20,000 files at most. */
const MAX_DEVICES = 5_000;

/** What a fleet does. */
export interface FleetOptions {
  readonly devices: number;
  /** Address of the server, `https://…` or `http://…`. */
  readonly url: string;
  /** Enrollment token with a use for every device that is not yet enrolled. */
  readonly tokenFile: string;
  /** File that keeps the enrolled devices from one run to the next; empty: every run enrolls anew. */
  readonly devicesFile: string;
  /** Runs for so long, then says goodbye. */
  readonly seconds: number;
  /** Connections begun in a second. */
  readonly rate: number;
  /** Heartbeats only: no inventory, no measurements. */
  readonly idle: boolean;
  /** Time between two heartbeats, ms; 0: as the server says. */
  readonly beatMs: number;
  /** Time between two chunks of a device, s; a real agent sends every quarter of an hour. */
  readonly chunkEvery: number;
  /** A package of a device changes about so often, s; 0: never. */
  readonly driftEvery: number;
  /** A session is left and opened again about so often, s; 0: never. */
  readonly reconnectEvery: number;
}

export const FLEET_USAGE = `Simulate 500 devices on a server for five minutes:

  pnpm muster tokens create --uses 500 > token.txt
  pnpm fleet --devices 500 --url https://127.0.0.1:8443 --token-file token.txt

  --devices N           devices, 1 to ${MAX_DEVICES} (100)
  --url URL             address of the server (https://127.0.0.1:8443)
  --token-file FILE     enrollment token with a use for each device
  --devices-file FILE   keep the enrolled devices there; later runs need no token then
  --seconds N           stop after (300)
  --rate N              connections begun in a second (50); the server takes 200 unless told otherwise
  --idle                heartbeats only, no inventory and no measurements
  --beat-ms N           time between two heartbeats, ms (as the server says)
  --chunk-every N       time between two chunks of measurements, s (900)
  --drift-every N       a package changes about so often, s; 0 never (600)
  --reconnect-every N   a session is opened anew about so often, s; 0 never (1800)
`;

const numbers = {
  devices: { default: 100, min: 1, max: MAX_DEVICES },
  seconds: { default: 300, min: 1, max: 86_400 },
  rate: { default: 50, min: 1, max: 10_000 },
  'beat-ms': { default: 0, min: 0, max: 600_000 },
  'chunk-every': { default: 900, min: 1, max: 3_600 },
  'drift-every': { default: 600, min: 0, max: 86_400 },
  'reconnect-every': { default: 1_800, min: 0, max: 86_400 },
} as const;

type NumberName = keyof typeof numbers;

const texts = { type: 'string' } as const;
const flags = {
  url: texts,
  'token-file': texts,
  'devices-file': texts,
  idle: { type: 'boolean' },
  help: { type: 'boolean' },
  devices: texts,
  seconds: texts,
  rate: texts,
  'beat-ms': texts,
  'chunk-every': texts,
  'drift-every': texts,
  'reconnect-every': texts,
} as const;

/** Reads the command line; null asks for the usage. @throws Error whose message names every fault */
export function readFleetOptions(args: readonly string[]): FleetOptions | null {
  const { values } = parseArgs({ args: [...args], options: flags, strict: true });
  if (values.help === true) return null;
  const faults: string[] = [];
  const number = (name: NumberName): number => {
    const { default: usual, min, max } = numbers[name];
    const text = values[name];
    const value = text === undefined ? usual : Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      faults.push(`--${name} must be a whole number from ${min} to ${max}`);
    return value;
  };
  const url = values.url ?? 'https://127.0.0.1:8443';
  if (!/^https?:\/\/[^/]+\/?$/.test(url))
    faults.push('--url must be an address such as https://127.0.0.1:8443');
  const options: FleetOptions = {
    url,
    tokenFile: values['token-file'] ?? '',
    devicesFile: values['devices-file'] ?? '',
    idle: values.idle === true,
    devices: number('devices'),
    seconds: number('seconds'),
    rate: number('rate'),
    beatMs: number('beat-ms'),
    chunkEvery: number('chunk-every'),
    driftEvery: number('drift-every'),
    reconnectEvery: number('reconnect-every'),
  };
  if (options.tokenFile === '' && options.devicesFile === '')
    faults.push('--token-file is needed, or a --devices-file of an earlier run');
  if (faults.length > 0) throw new Error(`${faults.join('; ')}.`);
  return options;
}
