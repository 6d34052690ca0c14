// `muster run <kind>`: finds the exact devices, shows what will be signed, signs it, hands it in and follows it.
import type { ReadonlyTrust } from '@muster/protocol';
import { classOf } from '@muster/protocol';
import {
  COMMAND_TYPE,
  type Command as CommandDocument,
  commandKinds,
  draftCommand,
  MAX_DESTRUCTIVE_TTL_MS,
  MAX_TTL_MS,
} from '@muster/protocol/commands';
import { Argument, type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import type { Job } from '../api/types.ts';
import { fail } from '../errors.ts';
import { confirm } from '../input/ask.ts';
import { parseFuture, parseSpan } from '../input/moments.ts';
import { parseCount } from '../input/words.ts';
import { describeApprovers } from '../jobs/approval.ts';
import { checkArgs } from '../jobs/check-args.ts';
import { resolveContent } from '../jobs/content-args.ts';
import { decodeContent, newId, signDocument } from '../jobs/documents.ts';
import { fieldsOf, type Kind, parseArgs, parseKind } from '../jobs/fields.ts';
import { followJob } from '../jobs/follow.ts';
import { describeFreezes } from '../jobs/freezes-in-force.ts';
import { describeHolding } from '../jobs/halts-in-force.ts';
import { checkWish, resolveTargets } from '../jobs/targets.ts';
import { chooseSigner } from '../keys/choose.ts';
import { unlockKey } from '../keys/passphrase.ts';
import { type Session, withSession } from '../session.ts';
import { canvasOf, type Terminal } from '../terminal.ts';
import { readTrust } from '../trust/read-trust.ts';
import { drawCommand } from '../views/command.ts';
import { describeContent } from '../views/content.ts';
import { reading } from './options.ts';
import { type ApproveOptions, addApproveOptions } from './sign-options.ts';

interface RunOptions extends ApproveOptions {
  readonly on?: string;
  readonly device?: readonly string[];
  readonly reason?: string;
  readonly dryRun?: true;
  readonly emergency?: true;
  readonly notBefore?: string;
  readonly expires: number;
  readonly concurrency?: number;
  readonly batches?: readonly number[];
  readonly stopAt?: number;
  readonly dedupeKey?: string;
  readonly wait: boolean;
  readonly untilAll?: true;
}

const MAX_DEVICES = 10_000_000;

function parseBatches(text: string): number[] {
  return text.split(',').map((part) => parseCount(part.trim(), { min: 1, max: 100 }));
}

function countOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(
    reading((text) => parseCount(text, { min: 1, max: MAX_DEVICES })),
  );
}

/** Registers the command. */
export function registerRun(program: Command, terminal: Terminal): void {
  const command = program
    .command('run')
    .summary('order something on devices, signed by you')
    .description(
      'Finds the exact devices, shows the command as it will be signed, asks, signs it with your key, and follows it. Devices check the signature themselves. muster kinds lists kinds and their parameters.',
    )
    .addArgument(new Argument('<kind>', 'what is to be done').choices(commandKinds).argParser(parseKind))
    .argument('[name=value...]', 'parameters of the kind')
    .option(
      '--on <expression>',
      'devices by expression, as \'os.family == "debian"\'; muster facts lists what it may name',
    )
    .option('--device <device...>', 'devices by host name, id, or the beginning of an id; instead of --on')
    .option('--reason <text>', 'why; stands in the logs of the devices (default: the kind)')
    .option('--dry-run', 'devices only say what they would do')
    .option('--emergency', 'do it in a freeze too; in hardened mode two sign it')
    .option('--not-before <when>', 'nothing starts before: 2h (from now), 2026-11-20T22:00')
    .addOption(
      new Option('--expires <span>', 'what has not started by then never does')
        .default(3_600_000, '1h')
        .argParser(reading(parseSpan)),
    )
    .addOption(countOption('--concurrency <count>', 'so many at a time'))
    .addOption(
      new Option(
        '--batches <percents>',
        'shares of the devices, as 1,10,100; each is finished before the next',
      ).argParser(reading(parseBatches)),
    )
    .addOption(countOption('--stop-at <count>', 'hold the rest at so many failures (default: by class)'))
    .option('--dedupe-key <text>', 'refuse while another open job has the same')
    .option('--no-wait', 'hand it in and do not follow')
    .option('--until-all', 'follow until devices that are offline now have answered too');
  addApproveOptions(command).action(
    (...[kind, words, options, command]: [Kind, string[], RunOptions, Command]) =>
      withSession(terminal, command, (session) => run(session, { kind, words, options })),
  );
}

interface Order {
  readonly kind: Kind;
  readonly words: readonly string[];
  readonly options: RunOptions;
}

/** From and until, as texts. @throws MusterError E_USAGE for more than the class allows */
function timesOf({ options, kind }: Order, trust: ReadonlyTrust, nowMs: number) {
  const longest = classOf(kind, trust.classes) === 'destructive' ? MAX_DESTRUCTIVE_TTL_MS : MAX_TTL_MS;
  if (options.expires > longest)
    throw fail('E_USAGE', { detail: `--expires is at most ${longest / 86_400_000}d for ${kind}.` });
  const notBefore =
    options.notBefore === undefined ? new Date(nowMs).toISOString() : parseFuture(options.notBefore, nowMs);
  const notAfter = new Date(Date.parse(notBefore) + options.expires).toISOString();
  return { notBefore, notAfter };
}

async function confirmSigning(
  session: Session,
  command: CommandDocument,
  trust: ReadonlyTrust,
): Promise<void> {
  const isGrave = classOf(command.kind, trust.classes) === 'destructive' && !command.dryRun;
  const consequence = isGrave
    ? 'This cannot be undone. What stands above is exactly what you sign.'
    : 'What stands above is exactly what you sign.';
  await confirm(session.terminal, { consequence, word: isGrave ? command.kind : 'sign' }, session.mayAsk);
}

async function run(session: Session, order: Order): Promise<void> {
  const { terminal, api } = session;
  const { kind, words, options } = order;
  checkWish(options);
  const { document: trust } = await readTrust(session, terminal.env);
  if (trust.mode === 'quickstart' && classOf(kind, trust.classes) === 'destructive')
    throw fail('E_QUICKSTART');
  const fields = await fieldsOf(kind);
  const { args, others } = parseArgs(kind, fields, words);
  const values = { ...args };
  const content = await resolveContent(session, { kind, trust, args: values, others });
  checkArgs(kind, fields, values);
  const chosen = await chooseSigner(session, trust, { role: 'request', kind, key: options.key });
  const times = timesOf(order, trust, terminal.now());
  const resolved = await resolveTargets(session, options);
  const { snapshot, shown } = resolved;
  const command = draftCommand(trust, {
    cmdId: newId('cmd'),
    kind,
    args: values,
    targets: resolved.targets,
    bound: resolved.bound,
    ...times,
    requester: chosen.signer.id,
    reason: options.reason ?? `muster run ${kind}`,
    dryRun: options.dryRun === true,
    emergency: options.emergency === true,
  });
  const picture = {
    command,
    trust,
    devices: { shown, offline: snapshot.offline },
    on: options.on,
    content: content === null ? undefined : describeContent(decodeContent(content.envelope)),
  };
  session.note(drawCommand(picture, { ...canvasOf(terminal.stderr, terminal.env), color: false }));
  if (trust.mode === 'quickstart')
    session.note(
      'Mode quickstart: this key lies beside the server, so whoever owns the server could sign this too.',
    );
  const holding = await describeHolding(session, { kind });
  const frozen = await describeFreezes(session, command, trust);
  for (const one of [holding, frozen]) if (one !== '') session.note(one);
  if (options.yes !== true) await confirmSigning(session, command, trust);
  const key = await unlockKey(session, chosen.key, options);
  const job = await take(
    api.http.POST('/api/v1/jobs', {
      body: {
        envelope: signDocument(COMMAND_TYPE, command, [key]),
        snapshot: snapshot.snapshot,
        ...(content !== null && { content: [content.digest] }),
        options: optionsOf(options),
      },
    }),
  );
  if (job.state === 'awaiting-signatures') noteMissing(session, job, trust);
  await after(session, job, { options, names: new Map(shown.map(({ id, hostname }) => [id, hostname])) });
}

function optionsOf({ on, concurrency, batches, stopAt, dedupeKey }: RunOptions) {
  return {
    ...(on !== undefined && { on }),
    ...(concurrency !== undefined && { concurrency }),
    ...(batches !== undefined && { batches: [...batches] }),
    ...(stopAt !== undefined && { stopAtFailures: stopAt }),
    ...(dedupeKey !== undefined && { dedupeKey }),
  };
}

function noteMissing({ note }: Session, { id, kind, signers, needed }: Job, trust: ReadonlyTrust): void {
  const missing = needed - signers.length;
  const who = describeApprovers(trust, { kind, signers });
  note(
    `${id} waits for ${missing === 1 ? 'another signer' : `${missing} more signers`}, ${who}: muster approve ${id} adds a signature.`,
  );
}

async function after(
  session: Session,
  job: Job,
  { options, names }: { readonly options: RunOptions; readonly names: ReadonlyMap<string, string> },
): Promise<void> {
  const isOpen = job.state === 'awaiting-signatures';
  if (!isOpen) session.note(`${job.id} is on its way.`);
  if (!options.wait || isOpen) session.print(job, () => job.id);
  if (!options.wait) return;
  if (isOpen) throw fail('E_JOB_OPEN', { detail: 'The job starts when it is signed.' });
  await followJob(session, job, { names, waitsForOffline: options.untilAll === true });
}
