// `muster halt`, `halts`, `lift`: any one signer stops everything, a kind or a job; it ends by itself or is lifted.
import { readFile, writeFile } from 'node:fs/promises';
import { decodeBase64url, parseEnvelope } from '@muster/protocol';
import {
  commandKinds,
  draftHalt,
  draftLift,
  HALT_TYPE,
  type Halt,
  type HaltLift,
  LIFT_TYPE,
  MAX_HALT_MS,
  matchesKind,
  parseDocument,
} from '@muster/protocol/commands';
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { pageOf } from '../api/pages.ts';
import type { HaltItem } from '../api/types.ts';
import { fail } from '../errors.ts';
import { parseSpan } from '../input/moments.ts';
import {
  type ApiEnvelope,
  addSignature,
  describeSignatures,
  newId,
  readSignatures,
  type Signatures,
  signDocument,
} from '../jobs/documents.ts';
import { chooseSigner } from '../keys/choose.ts';
import { unlockKey } from '../keys/passphrase.ts';
import { formatMoment } from '../output/moments.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { readTrust } from '../trust/read-trust.ts';
import { describeScope, drawHalts } from '../views/halts.ts';
import { findJob } from './jobs.ts';
import { reading } from './options.ts';
import { addSignOptions, type SignOptions } from './sign-options.ts';

interface HaltOptions extends SignOptions {
  readonly all?: true;
  readonly kind?: string;
  readonly job?: string;
  readonly for: number;
  readonly reason: string;
}

/** Registers the commands. */
export function registerHalts(program: Command, terminal: Terminal): void {
  addSignOptions(
    program
      .command('halt')
      .summary('stop everything, a kind of command, or a job, at once')
      .description(
        'Stops everything, a kind or a job on every device, at once and without a question: nothing starts, and what runs and can be stopped is stopped. It ends by itself.',
      )
      .option('--all', 'everything')
      .option('--kind <kind>', 'a kind of command, as service.*')
      .option('--job <id>', 'one job')
      .addOption(
        new Option('--for <span>', 'how long, at most 7d')
          .default(3_600_000, '1h')
          .argParser(reading(parseSpan)),
      )
      .option('--reason <text>', 'why; stands in the logs of the devices', 'muster halt'),
  ).action((options: HaltOptions, command: Command) =>
    withSession(terminal, command, (session) => halt(session, options)),
  );
  program
    .command('halts')
    .summary('list halts')
    .description('Lists halts, newest first.')
    .action((_options: unknown, command: Command) =>
      withSession(terminal, command, async (session) => {
        const { halts } = await take(session.api.http.GET('/api/v1/halts'));
        if (halts.length === 0) session.note('Nothing has been halted.');
        if (halts.length > 0 || session.json)
          session.print(pageOf(halts), (canvas) => drawHalts(halts, terminal.now(), canvas));
      }),
    );
  registerLift(program, terminal);
}

async function scopeOf(session: Session, { all, kind, job }: HaltOptions): Promise<Halt['scope']> {
  if ([all, kind, job].filter((one) => one !== undefined).length !== 1)
    throw fail('E_USAGE', { detail: 'Say what is to stop: --all, --kind <kind> or --job <id>.' });
  if (kind !== undefined) {
    if (!commandKinds.some((known) => matchesKind(kind, known)))
      throw fail('E_USAGE', { detail: `No kind fits ${kind}; muster kinds lists them.` });
    return { what: 'kind', kind };
  }
  if (job !== undefined) return { what: 'command', cmdId: (await findJob(session, job)).id };
  return { what: 'all' };
}

async function halt(session: Session, options: HaltOptions): Promise<void> {
  const { terminal, api } = session;
  if (options.for > MAX_HALT_MS)
    throw fail('E_USAGE', { detail: 'A halt holds at most 7d; it can be made again.' });
  const scope = await scopeOf(session, options);
  const { document: trust } = await readTrust(session, terminal.env);
  const chosen = await chooseSigner(session, trust, { role: 'halt', kind: '', key: options.key });
  const nowMs = terminal.now();
  const document = draftHalt(trust, {
    haltId: newId('hlt'),
    scope,
    at: new Date(nowMs).toISOString(),
    until: new Date(nowMs + options.for).toISOString(),
    requester: chosen.signer.id,
    reason: options.reason,
  });
  const key = await unlockKey(session, chosen.key, options);
  const envelope = signDocument(HALT_TYPE, document, [key]);
  const made = await take(api.http.POST('/api/v1/halts', { body: { envelope } }));
  session.print(made, () => made.id);
  session.note(
    `Halted: ${describeScope(made)}, until ${formatMoment(made.until)}. muster lift ${made.id} ends it before.`,
  );
}

interface LiftOptions extends SignOptions {
  readonly reason?: string;
  readonly out?: string;
  readonly with?: string;
}

function registerLift(program: Command, terminal: Terminal): void {
  addSignOptions(
    program
      .command('lift')
      .summary('end a halt before its time')
      .description(
        'Ends a halt. In hardened mode two persons sign: the first puts his signature into a file with --out, the second adds his with --with.',
      )
      .argument('<halt>', 'id of the halt, its beginning is enough')
      .option('--reason <text>', 'why')
      .option('--out <file>', 'put the signed lift into a file for the second person')
      .addOption(new Option('--with <file>', 'add your signature to the lift in that file').conflicts('out')),
  ).action((id: string, options: LiftOptions, command: Command) =>
    withSession(terminal, command, (session) => lift(session, id, options)),
  );
}

async function findHalt({ api }: Session, text: string): Promise<HaltItem> {
  const { halts } = await take(api.http.GET('/api/v1/halts'));
  const found = halts.filter(({ id }) => id.startsWith(text) || id.startsWith(`hlt_${text}`));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  throw fail('E_USAGE', {
    detail: `${first === undefined ? 'No halt begins' : 'Several halts begin'} with ${text}; muster halts lists them.`,
  });
}

/** A lift that somebody signed into a file; it must be of this halt. @throws MusterError E_FILE */
async function readLift(
  path: string,
  haltId: string,
): Promise<{ envelope: ApiEnvelope; document: HaltLift }> {
  try {
    const parsed = parseEnvelope((await readFile(path, 'utf8')).trim());
    const document = parseDocument<HaltLift>(decodeBase64url(parsed.payload), 'haltLift');
    if (parsed.payloadType !== LIFT_TYPE || document.haltId !== haltId) throw new Error('of another halt');
    return { envelope: { ...parsed, signatures: parsed.signatures.map((one) => ({ ...one })) }, document };
  } catch (cause) {
    throw fail('E_FILE', { cause, detail: `The file ${path} holds no signed lift of this halt.` });
  }
}

/** Who has signed; it takes two. @throws MusterError E_NO_KEY for the same person again */
function noteFirst(
  session: Session,
  { document }: { readonly document: HaltLift },
  { signatures, chosen }: { readonly signatures: Signatures; readonly chosen: string },
): void {
  session.note(`${describeSignatures(signatures)} signed: ${document.reason}`);
  if (signatures.signers.has(chosen))
    throw fail('E_NO_KEY', { detail: `${chosen} has signed this already; somebody else must.` });
}

async function lift(session: Session, id: string, options: LiftOptions): Promise<void> {
  const { terminal, api } = session;
  const halted = await findHalt(session, id);
  if (halted.state !== 'in-force') {
    session.note(
      halted.liftedAt === null
        ? 'That halt is over by itself.'
        : `That halt was lifted already, ${formatMoment(halted.liftedAt)}.`,
    );
    return;
  }
  const { document: trust } = await readTrust(session, terminal.env);
  if (trust.mode === 'hardened' && options.out === undefined && options.with === undefined)
    throw fail('E_USAGE', {
      detail: `In hardened mode two persons lift a halt: muster lift ${halted.id} --out lift.json signs it into a file, and somebody else adds his signature with --with lift.json.`,
    });
  const given = options.with === undefined ? null : await readLift(options.with, halted.id);
  const chosen = await chooseSigner(session, trust, { role: 'halt', kind: '', key: options.key });
  session.note(`Lifts: ${describeScope(halted)}, halted by ${halted.requester}: ${halted.reason}`);
  if (given !== null)
    noteFirst(session, given, {
      signatures: readSignatures(given.envelope, trust),
      chosen: chosen.signer.id,
    });
  const key = await unlockKey(session, chosen.key, options);
  const document = draftLift(trust, {
    haltId: halted.id,
    at: new Date(terminal.now()).toISOString(),
    requester: chosen.signer.id,
    reason: options.reason ?? 'It is over.',
  });
  const envelope =
    given === null ? signDocument(LIFT_TYPE, document, [key]) : addSignature(given.envelope, key);
  if (options.out !== undefined) {
    await writeFile(options.out, `${JSON.stringify(envelope)}\n`);
    session.note(`${options.out} waits for a second person: muster lift ${halted.id} --with ${options.out}`);
    return;
  }
  const lifted = await take(
    api.http.POST('/api/v1/halts/{id}/lift', { params: { path: { id: halted.id } }, body: { envelope } }),
  );
  if (session.json) session.print(lifted, () => '');
  session.note(`Lifted: ${describeScope(lifted)}.`);
}
