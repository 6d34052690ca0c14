// The server's settings: one closed schema, read from file, environment and flags, all faults told at once.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Ajv } from 'ajv';
import { type Static, type TSchema, Type } from 'typebox';
import { addDerived } from './config-derived.ts';
import { fail } from './errors.ts';

/** Scheme, host and port, without a path. */
const PUBLIC_URL = '^https?://[^/?#]+$';
/** Plain HTTP only on this machine itself. */
const ISSUER = '^(https://[^\\s?#]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]+)?(/[^\\s?#]*)?)$';

/** An address of mail, with a name before it or not. */
const MAIL_FROM = '^([^<>\\r\\n"]*<)?[^<>\\s@"]+@[A-Za-z0-9.-]+>?$';

/** Every setting. `description` is shown in docs/configuration.md; without a default a setting may be absent. */
export const ServerConfig = Type.Object(
  {
    dataDir: Type.String({
      minLength: 1,
      default: '.muster',
      description:
        'Folder of the server: embedded database, TLS keys, configuration. Relative to the current folder.',
    }),
    host: Type.String({
      minLength: 1,
      default: '127.0.0.1',
      description: 'Address to listen on; 0.0.0.0 or :: for all interfaces.',
    }),
    port: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: 8443,
      description: 'Port for agents, API and console; 0 takes any free one.',
    }),
    consolePort: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65_535,
        description:
          'Port of a second listener, for the console and API only: plain HTTP at `http://localhost:<port>`, on 127.0.0.1 and ::1 and never another address, so that browsers on this machine have passkeys without trusting the certificate. Only with a `publicUrl` of this machine itself, and not with `tls` = `off`. Absent: there is none.',
      }),
    ),
    organization: Type.String({
      minLength: 1,
      maxLength: 128,
      default: 'My organization',
      description: 'Name of the organization; used when it is made on the first run.',
    }),
    publicUrl: Type.Optional(
      Type.String({
        pattern: PUBLIC_URL,
        description:
          'Address at which agents and people reach the server, without a path. Needed when `host` is not a loopback address; otherwise made of host and port.',
      }),
    ),
    tls: Type.Union([Type.Literal('own'), Type.Literal('files'), Type.Literal('off')], {
      default: 'own',
      description:
        '`own`: a CA and a certificate are made on the first run; `files`: yours; `off`: a proxy before the server ends TLS.',
    }),
    tlsCertFile: Type.Optional(
      Type.String({ minLength: 1, description: 'Certificate chain in PEM, with `tls` = `files`.' }),
    ),
    tlsKeyFile: Type.Optional(
      Type.String({ minLength: 1, description: 'Private key in PEM, with `tls` = `files`.' }),
    ),
    oidcIssuer: Type.Optional(
      Type.String({
        pattern: ISSUER,
        description:
          'A provider of OpenID Connect for signing in to the console. It sends people back to `<publicUrl>/api/v1/signin/oidc/main/callback`.',
      }),
    ),
    oidcClientId: Type.Optional(
      Type.String({ minLength: 1, maxLength: 512, description: 'Name of this server at the provider.' }),
    ),
    oidcClientSecretFile: Type.Optional(
      Type.String({ minLength: 1, description: 'File with the secret of this server at the provider.' }),
    ),
    oidcName: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'Name of the provider on its button; without it the host name of the issuer.',
      }),
    ),
    databaseUrl: Type.Optional(
      Type.String({
        pattern: '^postgres(ql)?://',
        description: 'A PostgreSQL (15 or newer) of your own; without it the embedded one is started.',
      }),
    ),
    databaseConnections: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 64,
        description: 'Connections to the database; absent, and at most, twice the processor cores.',
      }),
    ),
    workers: Type.Union([Type.Integer({ minimum: 1, maximum: 64 }), Type.Literal('auto')], {
      default: 1,
      description:
        'Processes that share the work behind one port; `auto` is one for each processor core. The limits below, and the connections to the database, are those of all together.',
    }),
    logLevel: Type.Union(
      ['trace', 'debug', 'info', 'warn', 'error', 'silent'].map((level) => Type.Literal(level)),
      { default: 'info', description: 'Least important level that is logged.' },
    ),
    smtpHost: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Mail server that sends notifications; absent: no mail is sent.',
      }),
    ),
    smtpPort: Type.Integer({ minimum: 1, maximum: 65_535, default: 587, description: 'Its port.' }),
    smtpSecurity: Type.Union([Type.Literal('starttls'), Type.Literal('tls'), Type.Literal('none')], {
      default: 'starttls',
      description:
        '`starttls` and `tls` refuse to go on in clear; `none` is for a mail server on this machine.',
    }),
    smtpUser: Type.Optional(Type.String({ minLength: 1, description: 'User at the mail server.' })),
    smtpPasswordFile: Type.Optional(
      Type.String({ minLength: 1, description: 'File that holds the password of `smtpUser`.' }),
    ),
    smtpCaFile: Type.Optional(
      Type.String({ minLength: 1, description: 'Certificates in PEM by which the mail server is known.' }),
    ),
    mailFrom: Type.Optional(
      Type.String({ pattern: MAIL_FROM, description: 'Sender of mails; needed with `smtpHost`.' }),
    ),
    webhookReach: Type.Union([Type.Literal('public'), Type.Literal('private'), Type.Literal('local')], {
      default: 'public',
      description:
        'How far webhooks of notifications go: `public`: to the internet, by https; `private`: also to networks of your own; `local`: also to this machine itself, there also by http. Whoever may write notifications knocks with them at what the server reaches.',
    }),
    beatMs: Type.Integer({
      minimum: 1_000,
      maximum: 600_000,
      default: 60_000,
      description: 'Time between two heartbeats of an agent, ms.',
    }),
    chunkDays: Type.Integer({
      minimum: 1,
      maximum: 366,
      default: 35,
      description: 'Days for which measurements are kept at their full resolution of a minute.',
    }),
    rollupDays: Type.Integer({
      minimum: 1,
      maximum: 3_660,
      default: 730,
      description: 'Days for which hourly values of the measurements are kept.',
    }),
    maxSessions: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 20_000,
      description: 'Agents connected at a time; bounded by the open files the system allows a process.',
    }),
    handshakesPerSecond: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 200,
      description:
        'TLS handshakes with agents begun in a second by one worker, on average; more are told to come later.',
    }),
    handshakeBurst: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 400,
      description: 'Handshakes that one worker may begin at once after a quiet time.',
    }),
    maxUnauthenticated: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 1_000,
      description: 'Sockets of agents that are connected and have not proven themselves yet.',
    }),
  },
  { additionalProperties: false },
);

type Given = Static<typeof ServerConfig>;
type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** The server's configuration, frozen; paths are absolute. */
export type ServerConfig = Readonly<Omit<Given, 'logLevel' | 'publicUrl' | 'workers'>> & {
  readonly workers: number;
  readonly logLevel: LogLevel;
  readonly publicUrl: string;
};

/** A row of the reference page. */
export interface ServerSetting {
  readonly name: string;
  readonly description: string;
  /** What a value must be, in words. */
  readonly expected: string;
  readonly default: string | number | undefined;
  readonly variable: string;
  readonly flag: string;
}

/** Where settings come from; later ones win: file, environment, flags. */
export interface ConfigSources {
  /** Command line without program and script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The current folder. */
  readonly folder: string;
  /** Text of a file, or undefined when there is none. */
  readonly readFile: (path: string) => string | undefined;
}

const ajv = new Ajv();
const properties: Record<string, TSchema & { default?: string | number; description?: string }> =
  ServerConfig.properties;
const names = Object.keys(properties);

/** Every setting with its names in environment and flags; docs/configuration.md is made from it. */
export const serverSettings: readonly ServerSetting[] = names.map((name) => ({
  name,
  description: properties[name]?.description ?? '',
  expected: describeExpected(properties[name] ?? {}),
  default: properties[name]?.default,
  variable: variableOf(name),
  flag: `--${flagOf(name)}`,
}));

/** `dataDir` → `data-dir`. */
function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `dataDir` → `MUSTER_DATA_DIR`; the database has the name that everybody uses. */
function variableOf(name: string): string {
  return name === 'databaseUrl'
    ? 'DATABASE_URL'
    : `MUSTER_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;
}

/**
 * Reads all settings. The file is `--config`, `MUSTER_CONFIG` or `<dataDir>/config.json`; only the last may be
 * absent. Throws E_CONFIG, whose sentence names every fault; values are not repeated, they may be secret.
 */
export function loadConfig(sources: ConfigSources): ServerConfig {
  const faults: string[] = [];
  const flags = readFlags(sources.argv, faults);
  const given: [where: (name: string) => string, values: Record<string, unknown>][] = [
    [(name) => `${name} in the file`, readConfigFile(sources, flags, faults)],
    [variableOf, readVariables(sources.env)],
    [(name) => `--${flagOf(name)}`, flags],
  ];
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const schema = properties[name] ?? {};
    if (schema.default !== undefined) values[name] = schema.default;
    for (const [where, from] of given) {
      if (from[name] === undefined) continue;
      const value = coerce(schema, from[name]);
      if (ajv.validate(schema, value)) values[name] = value;
      else faults.push(`${where(name)} must be ${describeExpected(schema)}`);
    }
  }
  if (faults.length === 0) addDerived(values, sources.folder, faults);
  if (faults.length === 0 && isComplete(values)) return Object.freeze(values);
  throw fail('E_CONFIG', {
    detail: `The configuration is not valid: ${faults.join('; ')}. Correct this and start again.`,
  });
}

function isComplete(values: Record<string, unknown>): values is ServerConfig & Record<string, unknown> {
  const isResolved = typeof values.publicUrl === 'string' && typeof values.workers === 'number';
  return isResolved && ajv.validate(ServerConfig, values);
}

function readFlags(argv: readonly string[], faults: string[]): Record<string, unknown> {
  const known = new Map(names.map((name) => [flagOf(name), name]));
  const options = Object.fromEntries(
    [...known.keys(), 'config'].map((flag) => [flag, { type: 'string' as const }]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const values: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`"${token.value}" is no flag of the server`);
    if (token.kind !== 'option') continue;
    const name = token.name === 'config' ? 'config' : known.get(token.name);
    if (name === undefined) faults.push(`${token.rawName} is no flag of the server`);
    else if (token.value === undefined || token.value === '') faults.push(`${token.rawName} needs a value`);
    else values[name] = token.value;
  }
  return values;
}

/** An empty variable counts as absent: that is how a unit file or a shell takes one back. */
function readVariables(env: ConfigSources['env']): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, env[variableOf(name)] || undefined]));
}

function readConfigFile(
  sources: ConfigSources,
  flags: Record<string, unknown>,
  faults: string[],
): Record<string, unknown> {
  const named = flags.config ?? (sources.env.MUSTER_CONFIG || undefined);
  const dataDir = flags.dataDir ?? (sources.env[variableOf('dataDir')] || properties.dataDir?.default);
  const path = resolve(sources.folder, String(named ?? join(String(dataDir), 'config.json')));
  const text = sources.readFile(path);
  if (text === undefined) {
    if (named !== undefined) faults.push(`the configuration file ${path} does not exist`);
    return {};
  }
  const file = parseObject(text);
  if (file === undefined) faults.push(`the configuration file ${path} must hold one JSON object`);
  else checkFile(file, named === undefined, faults);
  return file ?? {};
}

function checkFile(file: Record<string, unknown>, liesInDataDir: boolean, faults: string[]): void {
  for (const key of Object.keys(file)) {
    if (!names.includes(key)) faults.push(`${key} in the file is no setting of the server`);
  }
  if (liesInDataDir && file.dataDir !== undefined)
    faults.push('dataDir cannot be set in the file that lies in that folder');
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Variables and flags are text. */
function coerce(schema: TSchema, value: unknown): unknown {
  const choices: readonly TSchema[] =
    'anyOf' in schema && Array.isArray(schema.anyOf) ? schema.anyOf : [schema];
  const isNumber = choices.some((choice) => 'type' in choice && choice.type === 'integer');
  return isNumber && typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
}

function describeExpected(schema: TSchema): string {
  const { type, minimum, maximum, pattern, anyOf }: Record<string, unknown> = { ...schema };
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`;
  if (Array.isArray(anyOf)) {
    const numbers = anyOf.filter((choice: object) => 'type' in choice && choice.type === 'integer');
    const words = anyOf.filter((choice) => !numbers.includes(choice)).map((choice) => choice.const);
    if (numbers.length > 0) return [...numbers.map(describeExpected), ...words].join(', or ');
    return `one of ${words.join(', ')}`;
  }
  if (pattern === PUBLIC_URL) return 'a URL like https://muster.example:8443, without a path';
  if (pattern === ISSUER) return 'a URL like https://login.example, or of this machine itself';
  if (pattern === MAIL_FROM) return 'an address like Muster <muster@example.com>';
  if (pattern !== undefined) return 'a URL like postgres://user:password@host/database';
  return 'a text that is not empty';
}
