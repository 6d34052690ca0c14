// The walls: which folder may import which, with which outside packages; and the levels of the features.

/**
 * One line a layer; a file belongs to the line with the longest matching path. Files of one layer may import each
 * other unless the layer stands in `apart` below. In the last column `node` means node's own modules, `*` anything.
 * Tests beside the source, and what they share in folders called `testing`, may import whatever their package may see.
 */
const table = `
layer           | path                                | may import                    | outside packages
protocol        | protocol/src/                       |                               | typebox @marcbachmann/cel-js rrule-temporal
agent/base      | agent/src/{errors,limits,timing}.ts | protocol                      |
agent/platform  | agent/src/platform/                 | agent/base protocol           | node systeminformation node-os-utils
agent/collectors| agent/src/collectors/               | agent/platform agent/base protocol |
agent/sampler   | agent/src/sampler/                  | agent/platform agent/base protocol |
agent/kinds     | agent/src/executor/kinds/           | agent/platform agent/base protocol |
agent           | agent/src/                          | agent/* protocol              | node ws pino
server/base     | server/src/{errors,limits,timing}.ts| protocol                      |
server/platform | server/src/platform/                | server/base protocol          | node
server/core     | server/src/core/                    | server/platform server/base protocol | node fastify @fastify/* postgres drizzle-orm pino ajv typebox @peculiar/x509 reflect-metadata ws
server/bus      | server/src/bus/                     | server/core server/base protocol | node
server/gateway  | server/src/gateway/                 | server/core server/bus server/base protocol | node fastify @fastify/websocket ws
server/features | server/src/features/                | server/core server/base protocol | node fastify @fastify/* drizzle-orm postgres typebox ajv @simplewebauthn/server @node-rs/argon2 otplib openid-client nodemailer
server          | server/src/                         | server/* protocol             | node fastify @fastify/* pino typebox ajv
cli             | server/cli/src/                     | protocol                      | node commander cli-table3 listr2 @bomb.sh/tab openapi-fetch undici yaml
console         | server/console/src/                 | protocol cli                  | react react-dom @mantine/* @tanstack/* @tabler/icons-react @simplewebauthn/browser @fontsource-variable/inter dayjs i18next react-i18next openapi-fetch qrcode-generator uplot
test            | test/src/                           | protocol agent server cli     | *
`;

/** A feature may import the `index.ts` of any feature of a lower level. */
export const featureLevels: Readonly<Record<string, number>> = {
  trust: 0,
  audit: 0,
  console: 0,
  access: 0,
  fleet: 0,
  devices: 1,
  groups: 2,
  policies: 2,
  compliance: 3,
  presence: 1,
  views: 0,
  notifications: 4,
  enrollment: 2,
  inventory: 2,
  metrics: 2,
  alerts: 3,
  content: 1,
  signin: 1,
  halts: 1,
  runs: 3,
};

/** Layers whose files must not know each other: they share a few files, and one list names all others. */
export const apart: readonly Apart[] = [
  {
    layer: 'agent/collectors',
    shared: ['collector.ts', 'reading.ts', 'runner.ts'],
    list: 'agent/src/collectors/index.ts',
  },
  { layer: 'agent/kinds', shared: ['kind.ts'], list: 'agent/src/executor/kinds/index.ts' },
];

/** Folders of data whose every file is named by a list, so that none is written and forgotten. */
export const lists: readonly { readonly folder: string; readonly list: string }[] = [
  { folder: 'protocol/src/inventory/sections', list: 'protocol/src/inventory/sections.ts' },
  { folder: 'protocol/src/commands/kinds', list: 'protocol/src/commands/kinds.ts' },
  { folder: 'protocol/src/policy/rules', list: 'protocol/src/policy/rules.ts' },
];

/** Who owns each table that a migration makes: only store files of that folder name it. */
export const tableOwners: Readonly<Record<string, string>> = {
  lease: 'server/src/core',
  audit_pending: 'server/src/core/audit',
  audit_event: 'server/src/features/audit',
  audit_head: 'server/src/features/audit',
  audit_node: 'server/src/features/audit',
  audit_checkpoint: 'server/src/features/audit',
  organization: 'server/src/features/trust',
  trust_document: 'server/src/features/trust',
  api_token: 'server/src/features/access',
  person: 'server/src/features/access',
  person_key: 'server/src/features/access',
  role: 'server/src/features/access',
  role_grant: 'server/src/features/access',
  person_role: 'server/src/features/access',
  account: 'server/src/features/signin',
  recovery_code: 'server/src/features/signin',
  passkey: 'server/src/features/signin',
  identity: 'server/src/features/signin',
  setup_link: 'server/src/features/signin',
  signin_session: 'server/src/features/signin',
  device: 'server/src/features/devices',
  notify_way: 'server/src/features/notifications',
  notify_rule: 'server/src/features/notifications',
  notify_pause: 'server/src/features/notifications',
  notify_event: 'server/src/features/notifications',
  notify_change: 'server/src/features/notifications',
  notify_told: 'server/src/features/notifications',
  notify_message: 'server/src/features/notifications',
  saved_view: 'server/src/features/views',
  view_default: 'server/src/features/views',
  presence_sample: 'server/src/features/presence',
  device_group: 'server/src/features/groups',
  group_device: 'server/src/features/groups',
  policy_revision: 'server/src/features/policies',
  policy_set: 'server/src/features/policies',
  device_policy: 'server/src/features/policies',
  policy_rollout: 'server/src/features/policies',
  compliance_rule: 'server/src/features/compliance',
  compliance_device: 'server/src/features/compliance',
  compliance: 'server/src/features/compliance',
  compliance_past: 'server/src/features/compliance',
  compliance_count: 'server/src/features/compliance',
  compliance_change: 'server/src/features/compliance',
  device_counter: 'server/src/features/devices',
  server_alive: 'server/src/features/devices',
  enrollment_token: 'server/src/features/enrollment',
  slice: 'server/src/features/inventory',
  device_slice: 'server/src/features/inventory',
  device_inventory: 'server/src/features/inventory',
  package: 'server/src/features/inventory',
  package_set: 'server/src/features/inventory',
  device_packages: 'server/src/features/inventory',
  metric_chunk: 'server/src/features/metrics',
  metric_rollup: 'server/src/features/metrics',
  metric_due: 'server/src/features/metrics',
  alert: 'server/src/features/alerts',
  content: 'server/src/features/content',
  content_body: 'server/src/features/content',
  content_piece: 'server/src/features/content',
  halt: 'server/src/features/halts',
  job: 'server/src/features/runs',
  job_block: 'server/src/features/runs',
  job_exception: 'server/src/features/runs',
  blob: 'server/src/features/runs',
  job_file: 'server/src/features/runs',
  job_file_piece: 'server/src/features/runs',
};

/** Reads of a table by a feature that does not own it, each with its reason. A write has no exception. */
export const foreignReads: readonly ForeignRead[] = [
  {
    file: 'server/src/features/signin/store-sessions.ts',
    table: 'person',
    reason:
      'a request with a session costs one statement: whose it is and whether he is disabled come with it',
  },
  {
    file: 'server/src/features/signin/store-accounts.ts',
    table: 'person',
    reason: 'an account is found by the short name that people type, in the statement that reads it',
  },
];

/** Generated files and data tables have no budget: nobody reads them as a program. */
export const dataFiles: readonly string[] = [
  'protocol/src/generated/',
  'protocol/src/metrics/catalog.ts',
  'protocol/src/inventory/sections/',
  'server/cli/src/api/schema.d.ts',
];

/** One line of the table. */
export interface Layer {
  readonly name: string;
  /** Files, or folders with a closing slash, from the root of the repository. */
  readonly paths: readonly string[];
  /** Names of other layers; `agent/*` names all layers of the agent. */
  readonly may: readonly string[];
  readonly packages: readonly string[];
}

/** A layer of files that stand side by side. */
export interface Apart {
  readonly layer: string;
  /** Names of files beside the list that are no members and may be imported by all of them. */
  readonly shared: readonly string[];
  readonly list: string;
}

/** A feature's `store` file that joins a table of another feature. */
export interface ForeignRead {
  readonly file: string;
  readonly table: string;
  readonly reason: string;
}

export const layers: readonly Layer[] = table
  .trim()
  .split('\n')
  .slice(1)
  .map((row) => {
    const [name = '', path = '', may = '', packages = ''] = row.split('|').map((cell) => cell.trim());
    return { name, paths: expandBraces(path), may: listWords(may), packages: listWords(packages) };
  });

function listWords(cell: string): string[] {
  return cell.split(/\s+/).filter(Boolean);
}

function expandBraces(path: string): string[] {
  const [, before = '', inside = '', after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? [];
  return inside === '' ? [path] : inside.split(',').map((part) => before + part + after);
}

/** The layer of a file; nothing for a file outside all of them. */
export function findLayer(path: string): Layer | undefined {
  return layers
    .map((layer) => ({ layer, length: Math.max(...layer.paths.map((part) => matchLength(path, part))) }))
    .filter(({ length }) => length > 0)
    .toSorted((a, b) => b.length - a.length)[0]?.layer;
}

function matchLength(path: string, part: string): number {
  const fits = part.endsWith('/') ? path.startsWith(part) : path === part;
  return fits ? part.length : 0;
}

/** True when a layer's row names another layer. */
export function mayImport(from: Layer, to: Layer): boolean {
  return from.may.some((name) =>
    name.endsWith('/*') ? to.name.startsWith(name.slice(0, -1)) : to.name === name,
  );
}
