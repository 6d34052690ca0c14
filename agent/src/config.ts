// The agent's settings: one closed table, read from file, environment and flags, all faults reported at once.
import { fail } from './errors.ts';

interface SettingBase {
  readonly name: string;
  /** What it does, for the docs. */
  readonly description: string;
}

/** One row of the table. Flags are `--state-dir`, variables `MUSTER_AGENT_STATE_DIR`, file keys `stateDir`. */
export type Setting = SettingBase &
  (
    | { readonly type: 'text'; readonly default: string }
    | { readonly type: 'boolean'; readonly default: boolean }
    | { readonly type: 'choice'; readonly default: string; readonly choices: readonly string[] }
    | {
        readonly type: 'integer';
        readonly default: number;
        readonly minimum: number;
        readonly maximum: number;
      }
  );

/** Every setting of the agent; docs/configuration.md is made from it. */
export const agentSettings = [
  {
    name: 'stateDir',
    type: 'text',
    default: '/var/lib/muster-agent',
    description: 'Folder for keys, enrollment, measurements and the outbox; only the agent may read it.',
  },
  {
    name: 'logLevel',
    type: 'choice',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    description: 'Least important level that is logged.',
  },
  {
    name: 'proxyEndsTls',
    type: 'boolean',
    default: false,
    description:
      'Permit a proxy between agent and server that ends TLS; the session is then not bound to the TLS connection.',
  },
  {
    name: 'sampleMs',
    type: 'integer',
    default: 10_000,
    minimum: 1_000,
    maximum: 60_000,
    description: 'Time between two samples of the metrics, ms.',
  },
  {
    name: 'ringDays',
    type: 'integer',
    default: 30,
    minimum: 1,
    maximum: 90,
    description: 'Days for which raw samples are kept on the device.',
  },
] as const satisfies readonly Setting[];

/** The agent's configuration, frozen. */
export interface AgentConfig {
  readonly stateDir: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly proxyEndsTls: boolean;
  readonly sampleMs: number;
  readonly ringDays: number;
}

/** Where settings come from; later ones win: file, environment, flags. */
export interface ConfigSources {
  /** Parsed configuration file, or null when there is none. */
  readonly file: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Flags by their long name without dashes, as parsed from the command line. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

/** `stateDir` → `state-dir`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `stateDir` → `MUSTER_AGENT_STATE_DIR`. */
export function variableOf(name: string): string {
  return `MUSTER_AGENT_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;
}

type Value = string | number | boolean;

function readValue(setting: Setting, raw: unknown): Value | null {
  if (setting.type === 'boolean') {
    if (raw === true || raw === 'true') return true;
    return raw === false || raw === 'false' ? false : null;
  }
  if (setting.type === 'integer') {
    const value = typeof raw === 'string' && /^\d+$/.test(raw) ? Number(raw) : raw;
    return typeof value === 'number' &&
      Number.isInteger(value) &&
      value >= setting.minimum &&
      value <= setting.maximum
      ? value
      : null;
  }
  if (typeof raw !== 'string' || raw === '') return null;
  return setting.type === 'choice' && !setting.choices.includes(raw) ? null : raw;
}

function expected(setting: Setting): string {
  if (setting.type === 'boolean') return 'true or false';
  if (setting.type === 'integer') return `a whole number from ${setting.minimum} to ${setting.maximum}`;
  return setting.type === 'choice' ? `one of ${setting.choices.join(', ')}` : 'a text that is not empty';
}

/** Reads all settings. @throws MusterError E_CONFIG whose sentence names every fault */
export function loadConfig(sources: ConfigSources): AgentConfig {
  const faults: string[] = [];
  const values: Record<string, Value> = {};
  const { file } = sources;
  if (file !== null && (typeof file !== 'object' || Array.isArray(file)))
    faults.push('the configuration file must hold one JSON object');
  const fromFile: Record<string, unknown> =
    typeof file === 'object' && file !== null && !Array.isArray(file) ? { ...file } : {};
  const names: ReadonlySet<string> = new Set(agentSettings.map(({ name }) => name));
  for (const key of Object.keys(fromFile))
    if (!names.has(key)) faults.push(`${key} is no setting of the agent`);
  for (const setting of agentSettings) {
    const { name } = setting;
    const given: [string, unknown][] = [
      [name, fromFile[name]],
      [variableOf(name), sources.env[variableOf(name)]],
      [`--${flagOf(name)}`, sources.flags[flagOf(name)]],
    ];
    values[name] = setting.default;
    for (const [where, raw] of given) {
      if (raw === undefined) continue;
      const value = readValue(setting, raw);
      if (value === null) faults.push(`${where} must be ${expected(setting)}`);
      else values[name] = value;
    }
  }
  if (faults.length > 0) {
    throw fail('E_CONFIG', {
      detail: `The configuration is not valid: ${faults.join('; ')}. Correct this and start again.`,
    });
  }
  return Object.freeze(values) as unknown as AgentConfig;
}
