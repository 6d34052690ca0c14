// `muster content`: scripts and files that commands may name: added, signed by two, shown.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { encodeBase64url, encodeUtf8 } from '@muster/protocol';
import {
  CONTENT_TYPE,
  type Content,
  type ContentParameter,
  type ContentPlace,
  documentDigest,
  findContentFault,
  MAX_CONTENT_BYTES,
  parseDocument,
} from '@muster/protocol/commands';
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { pageOf } from '../api/pages.ts';
import type { ContentItem } from '../api/types.ts';
import { fail } from '../errors.ts';
import { parseSpan } from '../input/moments.ts';
import { describeApprovers, describeMissing } from '../jobs/approval.ts';
import { findContent, unapproved } from '../jobs/content-args.ts';
import { decodeContent, readSignatures, signDocument } from '../jobs/documents.ts';
import { chooseSigner } from '../keys/choose.ts';
import { unlockKey } from '../keys/passphrase.ts';
import { nodeCrypto } from '../keys/signing-key.ts';
import { withProgress } from '../output/progress.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { readTrust } from '../trust/read-trust.ts';
import { drawContent, drawContents } from '../views/content.ts';
import { approveContent, readBody } from './content-approve.ts';
import { refuseStrayWords } from './group.ts';
import { reading } from './options.ts';
import { type ApproveOptions, addApproveOptions, addSignOptions, type SignOptions } from './sign-options.ts';

/** Time a script is given when nobody says another, ms. */
const DEFAULT_SCRIPT_MS = 300_000;
/** Largest piece of a body in one request, bytes. */
const PIECE_BYTES = 256 * 1024;

interface AddOptions extends SignOptions {
  readonly name?: string;
  readonly interpreter?: Content['interpreter'];
  readonly param?: readonly ContentParameter[];
  readonly place?: string;
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
  readonly runAs?: readonly string[];
  readonly stdin?: true;
  readonly timeout?: number;
  readonly okExit?: readonly number[];
  readonly reason?: string;
}

/** Reads `version:string`, `version:string:required`, with a description behind another colon. @throws MusterError E_USAGE */
function parseParameter(text: string): ContentParameter {
  const match = /^([a-z][a-z0-9_]{0,31}):(string|integer|boolean)(:required)?(?::(.{1,256}))?$/.exec(text);
  if (match === null)
    throw fail('E_USAGE', {
      detail:
        'A parameter is written as name:string, name:integer or name:boolean, with :required and :a description behind.',
    });
  const [, name = '', type = 'string', required, description = name] = match;
  return { name, type: type as ContentParameter['type'], required: required !== undefined, description };
}

/** Reads `0,3`. @throws MusterError E_USAGE */
function parseExits(text: string): number[] {
  const codes = [...new Set(text.split(',').map((code) => (/^\d{1,3}$/.test(code) ? Number(code) : 256)))];
  if (codes.length > 32 || codes.some((code) => code > 255))
    throw fail('E_USAGE', { detail: 'Exit codes go from 0 to 255, with a comma between, as 0,2.' });
  return codes;
}

/** Registers the command and its subcommands. */
export function registerContent(program: Command, terminal: Terminal): void {
  const content = program
    .command('content')
    .summary('add, sign and show scripts and files')
    .description(
      'Lists signed content: scripts and files that commands name by the digest of what was signed.',
    )
    .allowExcessArguments(true)
    .action((_options: unknown, command: Command) => {
      refuseStrayWords(command, 'Its subcommands are add, list, show and approve.');
      return withSession(terminal, command, list);
    });
  registerAdd(content, terminal);
  content
    .command('list')
    .summary('list signed content')
    .description('Lists signed content, newest first.')
    .action((_options: unknown, command: Command) => withSession(terminal, command, list));
  content
    .command('show')
    .summary('show a content, or its body')
    .description('Shows a content as it was signed, or its body, held against the signed hash.')
    .argument('<content>', 'name, digest, or the beginning of a digest')
    .option('--body', 'print the body itself')
    .action((text: string, options: { readonly body?: true }, command: Command) =>
      withSession(terminal, command, (session) => show(session, text, options.body === true)),
    );
  addApproveOptions(
    content
      .command('approve')
      .summary('sign a content of somebody else')
      .description('Shows a content with its body, held against the signed hash, and adds your signature.')
      .argument('<content>', 'name, digest, or the beginning of a digest'),
  ).action((text: string, options: ApproveOptions, command: Command) =>
    withSession(terminal, command, async (session) =>
      approveContent(session, await findContent(session, text, unapproved), options),
    ),
  );
}

async function list(session: Session): Promise<void> {
  const { content } = await take(session.api.http.GET('/api/v1/content'));
  if (content.length === 0) session.note('There is no content yet; muster content add makes some.');
  if (content.length > 0 || session.json)
    session.print(pageOf(content), (canvas) => drawContents(content, session.terminal.now(), canvas));
}

async function show(session: Session, text: string, wantsBody: boolean): Promise<void> {
  const item = await findContent(session, text);
  const document = decodeContent(item.envelope);
  if (wantsBody) {
    session.terminal.stdout.write(
      Buffer.from(await readBody(session, item.digest, document)).toString('utf8'),
    );
    return;
  }
  const { document: trust } = await readTrust(session, session.terminal.env);
  const picture = {
    document,
    digest: documentDigest(item.envelope, nodeCrypto),
    signers: [...readSignatures(item.envelope, trust).signers].sort(),
    needed: item.needed,
    state: item.state,
  };
  session.print(item, (canvas) => drawContent(picture, canvas));
}

function registerAdd(content: Command, terminal: Terminal): void {
  const command = content
    .command('add')
    .summary('add a script or a file, signed by you')
    .description(
      'Signs a script or a file and uploads it. With a file its place, mode and owner are signed, with a script who it may run as, how long, what its exit codes mean and whether it may be given input: who orders it later chooses none of these. Values of its parameters reach a script as MUSTER_PARAM_<NAME>. In hardened mode somebody else approves it before a command can name it.',
    )
    .argument('<file>', 'the script or file')
    .option('--name <name>', 'name for people (default: that of the file)')
    .addOption(
      new Option(
        '--interpreter <program>',
        'what runs it; none for a file (default: by its first line; none with --place)',
      ).choices(['sh', 'bash', 'python3', 'none']),
    )
    .addOption(
      new Option(
        '--param <name:type>',
        'parameter of a script, as version:string:required; repeat it',
      ).argParser((text: string, before: readonly ContentParameter[] = []) => [
        ...before,
        reading(parseParameter)(text),
      ]),
    )
    .option('--place <path>', 'file: where it belongs on a device')
    .option('--mode <octal>', 'file: permissions (default: 0644)')
    .option('--owner <user>', 'file: whose it is (default: root)')
    .option('--group <group>', "file: its group (default: the owner's)")
    .option('--run-as <user...>', 'script: users it may run as (default: only root)')
    .option('--stdin', 'script: who orders it may give it text on its input')
    .addOption(
      new Option('--timeout <span>', 'script: it is ended after that (default: 5m)').argParser(
        reading(parseSpan),
      ),
    )
    .addOption(
      new Option('--ok-exit <codes>', 'script: exit codes that mean success, as 0,3 (default: 0)').argParser(
        reading(parseExits),
      ),
    )
    .option('--reason <text>', 'why (default: the name)');
  addSignOptions(command).action((file: string, options: AddOptions, command: Command) =>
    withSession(terminal, command, (session) => add(session, file, options)),
  );
}

async function readContentFile(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > MAX_CONTENT_BYTES) throw new Error('too large');
    return await readFile(path);
  } catch (cause) {
    throw fail('E_FILE', {
      cause,
      detail: `${path} cannot be read, or is larger than ${MAX_CONTENT_BYTES / 1024 ** 2} MiB.`,
    });
  }
}

/** What runs a script, by its first line; `none` for anything else. */
function interpreterOf(body: Buffer): Content['interpreter'] {
  const [first = ''] = body.subarray(0, 256).toString('latin1').split('\n');
  const [, program = ''] =
    /^#!\s*(?:\/usr\/bin\/env\s+)?(?:\/(?:usr\/)?bin\/)?(sh|bash|python3)\s*$/.exec(first) ?? [];
  return program === 'sh' || program === 'bash' || program === 'python3' ? program : 'none';
}

/** Place of a file as it is signed; null for none. @throws MusterError E_USAGE */
function placeOf({ place, mode, owner = '', group = '' }: AddOptions): ContentPlace | null {
  if (place !== undefined) return { path: place, mode: mode ?? '0644', owner, group };
  if (mode === undefined && owner === '' && group === '') return null;
  throw fail('E_USAGE', { detail: '--mode, --owner and --group belong to a file; say --place too.' });
}

/** How a script ends; nothing for a file. @throws MusterError E_USAGE */
function endOf({ timeout, okExit }: AddOptions, interpreter: Content['interpreter']) {
  if (interpreter !== 'none') return { timeoutMs: timeout ?? DEFAULT_SCRIPT_MS, okExits: okExit ?? [0] };
  if (timeout === undefined && okExit === undefined) return { timeoutMs: 0, okExits: [] };
  throw fail('E_USAGE', { detail: '--timeout and --ok-exit belong to a script; a file only has a place.' });
}

/** What is signed beside name, bytes and signer. @throws MusterError E_USAGE for what does not fit together */
function boundsOf(options: AddOptions, body: Buffer) {
  const place = placeOf(options);
  const interpreter = options.interpreter ?? (place === null ? interpreterOf(body) : 'none');
  return {
    use: interpreter === 'none' ? ('file' as const) : ('script' as const),
    interpreter,
    parameters: options.param ?? [],
    place,
    runAs: options.runAs ?? [],
    stdin: options.stdin === true,
    ...endOf(options, interpreter),
  };
}

/** @throws MusterError E_USAGE, E_SCHEMA for what no device would take */
function checkDocument(document: Content): void {
  const fault = findContentFault(document);
  if (fault !== null)
    throw fail('E_USAGE', {
      detail: `${fault} A file is added with --place <path>, a script with --interpreter or a first line that names one.`,
    });
  parseDocument<Content>(encodeUtf8(JSON.stringify(document)), 'content');
}

async function add(session: Session, path: string, options: AddOptions): Promise<void> {
  const { terminal, api } = session;
  const { document: trust } = await readTrust(session, terminal.env);
  const body = await readContentFile(path);
  const name = options.name ?? basename(path);
  const { use, ...bounds } = boundsOf(options, body);
  const chosen = await chooseSigner(session, trust, { role: 'request', kind: 'content', key: options.key });
  const document: Content = {
    v: 1,
    org: trust.org,
    use,
    name,
    sha256: encodeBase64url(createHash('sha256').update(body).digest()),
    sizeBytes: body.length,
    ...bounds,
    at: new Date(terminal.now()).toISOString(),
    requester: chosen.signer.id,
    reason: options.reason ?? name,
    trustVersion: trust.version,
  };
  checkDocument(document);
  const key = await unlockKey(session, chosen.key, options);
  const envelope = signDocument(CONTENT_TYPE, document, [key]);
  const item = await take(api.http.POST('/api/v1/content', { body: { envelope } }));
  if (item.missing === 'body') await upload(session, item, body);
  const now = await findContent(session, item.digest);
  session.print(now, (canvas) =>
    drawContent(
      { document, digest: now.digest, signers: now.signers, needed: now.needed, state: now.state },
      canvas,
    ),
  );
  const who = describeApprovers(trust, { kind: 'content', signers: now.signers });
  session.note(
    describeMissing(now, trust) === null
      ? describeUse(document)
      : `Somebody else must sign it, ${who}: muster content approve ${name}`,
  );
}

/** How it is used now that it may be. */
function describeUse({ use, name, parameters }: Content): string {
  const values = parameters.filter(({ required }) => required).map((one) => ` ${one.name}=<${one.type}>`);
  const kind = use === 'script' ? 'script.run' : 'file.put';
  return `It may be used: muster run ${kind} content=${name}${values.join('')} --device <name>`;
}

/** Sends the body in pieces, from where an earlier try ended. */
async function upload({ api, terminal }: Session, item: ContentItem, body: Buffer): Promise<void> {
  await withProgress(terminal, { title: 'Uploading', thing: 'byte' }, async (report) => {
    for (let offset = item.receivedBytes, isComplete = false; !isComplete; ) {
      const piece = body.subarray(offset, offset + PIECE_BYTES);
      const answer = await api.send<{ received: number; complete: boolean }>(
        `PUT /api/v1/content/${item.digest}/body?offset=${offset}`,
        new Uint8Array(piece),
      );
      if (!answer.complete && answer.received <= offset) throw fail('E_ANSWER');
      ({ received: offset, complete: isComplete } = answer);
      report(offset, body.length);
    }
  });
}
