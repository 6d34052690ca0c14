// Whether the server is set up well: database, clock, TLS, disk, mail, and where the root key lies. Words and remedies are the console's.
import { X509Certificate } from 'node:crypto';
import { readFile, statfs } from 'node:fs/promises';
import { isIP } from 'node:net';
import { type Static, Type } from 'typebox';
import type { ServerConfig } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { Database } from './core/db/database.ts';
import { withMappedErrors } from './core/db/failures.ts';
import type { HttpApp } from './core/http/server.ts';
import type { TlsIdentity } from './core/tls.ts';
import { type ClockWitness, selectClockWitness } from './features/devices/index.ts';
import { createMailer, type MailSettings } from './features/notifications/index.ts';
import type { Trust } from './features/trust/index.ts';

const DAY_MS = 86_400_000;
/** A certificate that ends sooner is told of. */
const CERTIFICATE_SOON_MS = 21 * DAY_MS;
/** Room on the disk below which it is told of, and is trouble: a share, and bytes. */
const DISK_WARN_RATIO = 0.1;
const DISK_BAD_RATIO = 0.03;
const DISK_BAD_BYTES = 1024 ** 3;
/** The clock may differ so much from that of the database, ms: messages of devices are judged by it. */
const CLOCK_WARN_MS = 2_000;
const CLOCK_BAD_MS = 30_000;
/** Devices that must be connected before the middle of their clocks says anything about that of the server. */
const MIN_WITNESSES = 5;
/** The mail server is not asked again sooner, ms. */
const MAIL_KEPT_MS = 30_000;

const Check = Type.Object(
  {
    id: Type.Union(
      [
        Type.Literal('database'),
        Type.Literal('clock'),
        Type.Literal('tls'),
        Type.Literal('disk'),
        Type.Literal('mail'),
        Type.Literal('rootKey'),
      ],
      { description: 'What was looked at.' },
    ),
    state: Type.Union([Type.Literal('good'), Type.Literal('warn'), Type.Literal('bad')], {
      description: 'As it should be, worth a look, or trouble.',
    }),
    reason: Type.String({
      description: 'One word for what was found; the console has the sentence and the remedy.',
    }),
    value: Type.String({
      description: 'What was measured or said: a name, a date, a size in bytes; may be empty.',
    }),
  },
  { additionalProperties: false, description: 'One thing of the set-up.' },
);
/** One thing of the set-up. */
export type Check = Static<typeof Check>;

const CheckList = Type.Object(
  {
    version: Type.String({ description: 'Version of the server.' }),
    checks: Type.Array(Check),
  },
  { additionalProperties: false },
);

/** What is looked at. */
export interface CheckDeps {
  readonly config: ServerConfig;
  readonly database: Database;
  readonly clock: Clock;
  readonly tls: Pick<TlsIdentity, 'cert' | 'ca'> | null;
  readonly trust: Pick<Trust, 'current' | 'soft' | 'tenant'>;
  readonly mail: MailSettings | null;
}

/** The certificate against the name that people and agents use. */
export function judgeTls(cert: string | null, publicUrl: string, nowMs: number): Check {
  const { hostname, protocol } = new URL(publicUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  const base = { id: 'tls' } as const;
  if (protocol !== 'https:') return { ...base, state: 'bad', reason: 'clear', value: publicUrl };
  if (cert === null) return { ...base, state: 'good', reason: 'proxy', value: host };
  const certificate = new X509Certificate(cert);
  const fits = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  if (fits === undefined) return { ...base, state: 'bad', reason: 'name', value: host };
  const endMs = Date.parse(certificate.validTo);
  const value = new Date(endMs).toISOString();
  if (endMs <= nowMs) return { ...base, state: 'bad', reason: 'over', value };
  return endMs - nowMs < CERTIFICATE_SOON_MS
    ? { ...base, state: 'warn', reason: 'soon', value }
    : { ...base, state: 'good', reason: 'fits', value: host };
}

/** Room on the disk of the data folder. */
export function judgeDisk(freeBytes: number, totalBytes: number): Check {
  const base = { id: 'disk', value: String(freeBytes) } as const;
  const ratio = totalBytes === 0 ? 0 : freeBytes / totalBytes;
  if (freeBytes < DISK_BAD_BYTES || ratio < DISK_BAD_RATIO) return { ...base, state: 'bad', reason: 'full' };
  return ratio < DISK_WARN_RATIO
    ? { ...base, state: 'warn', reason: 'little' }
    : { ...base, state: 'good', reason: 'room' };
}

/** The clock of the server against that of the database, which may be the same, and those of connected devices, which are not. */
export function judgeClock(offsetMs: number, { devices, middleMs }: ClockWitness): Check {
  if (devices >= MIN_WITNESSES && Math.abs(middleMs) >= CLOCK_BAD_MS)
    return { id: 'clock', state: 'bad', reason: 'devices', value: String(Math.round(middleMs)) };
  const base = { id: 'clock', value: String(Math.round(offsetMs)) } as const;
  const far = Math.abs(offsetMs);
  if (far >= CLOCK_BAD_MS) return { ...base, state: 'bad', reason: 'off' };
  return far >= CLOCK_WARN_MS
    ? { ...base, state: 'warn', reason: 'off' }
    : { ...base, state: 'good', reason: 'agrees' };
}

/** Where the root key lies, as far as the server can see. */
export function judgeRootKey(mode: string, soft: readonly string[]): Check {
  const base = { id: 'rootKey', value: mode } as const;
  if (mode === 'quickstart') return { ...base, state: 'warn', reason: 'beside' };
  const liesBeside = soft.some((sentence) => sentence.includes('beside the server'));
  return liesBeside ? { ...base, state: 'bad', reason: 'left' } : { ...base, state: 'good', reason: 'away' };
}

async function readDatabase({ database, clock, trust }: CheckDeps): Promise<Check[]> {
  const { sql } = database;
  const beforeMs = clock.now();
  const rows = await withMappedErrors(
    () =>
      sql<
        { at: Date; version: string }[]
      >`SELECT clock_timestamp() AS at, current_setting('server_version') AS version`,
  );
  const [row] = rows;
  // Half of the way there and back.
  const middleMs = (beforeMs + clock.now()) / 2;
  const kind = database.address.kind === 'url' ? 'outside' : 'embedded';
  const found: Check = { id: 'database', state: 'good', reason: kind, value: row?.version ?? '' };
  const witness = await withMappedErrors(() => selectClockWitness(sql, trust.tenant));
  return [found, judgeClock(middleMs - (row?.at.getTime() ?? middleMs), witness)];
}

/** Asks the mail server, at most once in a while however often somebody looks. */
function createMailCheck({ mail, clock }: CheckDeps): () => Promise<Check> {
  let kept: { readonly atMs: number; readonly check: Promise<Check> } | null = null;
  async function ask(settings: MailSettings): Promise<Check> {
    try {
      await createMailer(settings).verify();
      return { id: 'mail', state: 'good', reason: 'answers', value: settings.host };
    } catch (error) {
      const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
      return { id: 'mail', state: 'bad', reason: 'fails', value: why.slice(0, 300) };
    }
  }
  return () => {
    if (mail === null)
      return Promise.resolve<Check>({ id: 'mail', state: 'warn', reason: 'none', value: '' });
    if (kept === null || clock.now() - kept.atMs > MAIL_KEPT_MS)
      kept = { atMs: clock.now(), check: ask(mail) };
    return kept.check;
  };
}

/** Of the package; it lies one folder above, built or not. */
async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}

/** Registers the route. */
export function registerCheckRoutes(app: HttpApp, deps: CheckDeps): void {
  const { config, clock, tls, trust } = deps;
  const readMail = createMailCheck(deps);
  app.get(
    '/api/v1/checks',
    {
      config: { permission: 'settings.read', scope: 'organization' },
      schema: {
        summary: 'Show whether the server is set up well',
        tags: ['settings'],
        response: { 200: CheckList },
      },
    },
    async () => {
      const [database, soft, disk, mail] = await Promise.all([
        readDatabase(deps),
        trust.soft(),
        statfs(config.dataDir),
        readMail(),
      ]);
      const checks = [
        ...database,
        judgeTls(tls?.cert ?? null, config.publicUrl, clock.now()),
        judgeDisk(disk.bavail * disk.bsize, disk.blocks * disk.bsize),
        mail,
        judgeRootKey(trust.current().document.mode, soft),
      ];
      return { version: await readVersion(), checks };
    },
  );
}
