// The agent's settings: one closed table, read from file, environment and flags, all faults reported at once.
import { join } from 'node:path';
import { fail } from './errors.ts';
import { MAX_SOCKET_PATH_BYTES } from './limits.ts';

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
    name: 'executor',
    type: 'choice',
    default: 'child',
    choices: ['child', 'service', 'none'],
    description:
      'Who carries out commands: a child of the agent that runs as the same user, a service of its own behind executorSocket, or nobody.',
  },
  {
    name: 'executorDir',
    type: 'text',
    default: '',
    description: 'Folder of the executor, which no other user may write; empty: "executor" in stateDir.',
  },
  {
    name: 'executorSocket',
    type: 'text',
    default: '',
    description: `Socket of the executor as a service, a path of at most ${MAX_SOCKET_PATH_BYTES} bytes; empty: "executor.sock" in stateDir.`,
  },
  {
    name: 'denyDir',
    type: 'text',
    default: '/etc/muster/deny.d',
    description: 'Folder with deny rules (*.json) of the owner of the device; only root may write there.',
  },
] as const satisfies readonly Setting[];

/** The agent's configuration, frozen. */
export interface AgentConfig {
  readonly stateDir: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly proxyEndsTls: boolean;
  readonly executor: 'child' | 'service' | 'none';
  readonly executorDir: string;
  readonly executorSocket: string;
  readonly denyDir: string;
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

type Value = string | boolean;

/** How each type reads a raw value; null when it does not fit. */
const readers = {
  boolean: (raw: unknown) =>
    raw === true || raw === 'true' ? true : raw === false || raw === 'false' ? false : null,
  text: (raw: unknown) => (typeof raw === 'string' && raw !== '' ? raw : null),
  choice: (raw: unknown, { choices }: Extract<Setting, { type: 'choice' }>) =>
    typeof raw === 'string' && choices.includes(raw) ? raw : null,
};

function readValue(setting: Setting, raw: unknown): Value | null {
  switch (setting.type) {
    case 'boolean':
      return readers.boolean(raw);
    case 'text':
      return readers.text(raw);
    case 'choice':
      return readers.choice(raw, setting);
  }
}

function expected(setting: Setting): string {
  if (setting.type === 'boolean') return 'true or false';
  return setting.type === 'choice' ? `one of ${setting.choices.join(', ')}` : 'a text that is not empty';
}

/** The configuration file as an object; a fault is noted for anything else, and for keys that are no settings. */
function readFile(file: unknown, faults: string[]): Record<string, unknown> {
  if (file === null) return {};
  if (typeof file !== 'object' || Array.isArray(file)) {
    faults.push('the configuration file must hold one JSON object');
    return {};
  }
  const names: ReadonlySet<string> = new Set(agentSettings.map(({ name }) => name));
  for (const key of Object.keys(file)) if (!names.has(key)) faults.push(`${key} is no setting of the agent`);
  return { ...file };
}

type SocketSettings = Pick<AgentConfig, 'executorSocket' | 'stateDir'>;

/** Socket of the executor as a service. */
export function executorSocket({ executorSocket: path, stateDir }: SocketSettings): string {
  return path === '' ? join(stateDir, 'executor.sock') : path;
}

function refuse(faults: readonly string[]): never {
  throw fail('E_CONFIG', {
    detail: `The configuration is not valid: ${faults.join('; ')}. Correct this and start again.`,
  });
}

/**
 * The same for who uses it: a socket whose path is cut would be looked for where it is not.
 * @throws MusterError E_CONFIG for a path that no system takes
 */
export function requireExecutorSocket(settings: SocketSettings): string {
  const path = executorSocket(settings);
  const sizeBytes = Buffer.byteLength(path);
  if (sizeBytes > MAX_SOCKET_PATH_BYTES)
    refuse([
      `the socket of the executor, ${path}, is ${sizeBytes} bytes long and no system takes more than ${MAX_SOCKET_PATH_BYTES}: set executorSocket to a shorter path, as /run/muster/executor.sock, or choose a shorter stateDir`,
    ]);
  return path;
}

/** Reads all settings. @throws MusterError E_CONFIG whose sentence names every fault */
export function loadConfig(sources: ConfigSources): AgentConfig {
  const faults: string[] = [];
  const values: Record<string, Value> = {};
  const file = readFile(sources.file, faults);
  for (const setting of agentSettings) {
    const { name } = setting;
    values[name] = setting.default;
    const given: [where: string, raw: unknown][] = [
      [name, file[name]],
      [variableOf(name), sources.env[variableOf(name)]],
      [`--${flagOf(name)}`, sources.flags[flagOf(name)]],
    ];
    for (const [where, raw] of given.filter(([, value]) => value !== undefined)) {
      const value = readValue(setting, raw);
      if (value === null) faults.push(`${where} must be ${expected(setting)}`);
      else values[name] = value;
    }
  }
  const config = Object.freeze(values) as unknown as AgentConfig;
  if (faults.length > 0) refuse(faults);
  if (config.executor === 'service') requireExecutorSocket(config);
  return config;
}
