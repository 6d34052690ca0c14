// `muster init`: the first trust document of a server, made on a workstation, so that root and signer keys are never on the server.
import { readFile, writeFile } from 'node:fs/promises';
import {
  checkTrustDraft,
  encodeBase64url,
  encodeUtf8,
  sealEnvelope,
  TRUST_TYPE,
  type TrustDocument,
  type TrustSigner,
} from '@muster/protocol';
import { type Command, Option } from 'commander';
import { fail } from '../errors.ts';
import { createPrinter, type Printer, readSharedFlags } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { describeRoles } from '../trust/describe.ts';
import { keyField } from '../trust/drafts.ts';
import { checkNumber, type FirmMode, firmModes, fullSigner, parseSigner } from '../trust/first-signers.ts';
import { addNewKeyOptions, ensureKeyFile, type NewKeyOptions } from './keys.ts';
import { reading } from './options.ts';

interface InitOptions extends NewKeyOptions {
  readonly server: string;
  readonly mode: FirmMode;
  readonly out: string;
  readonly id: string;
  readonly name?: string;
  readonly signer?: readonly TrustSigner[];
}

/** What `muster-server init` prints, as far as it is needed here. */
interface ServerRequest {
  readonly org: string;
  readonly serverKey: string;
  readonly tlsPin: string | null;
}

/** Registers the command. */
export function registerInit(program: Command, terminal: Terminal): void {
  const command = program
    .command('init')
    .summary('make the first trust document of a server, keys on this workstation')
    .description(
      'Makes root key and signer key on this workstation and the first trust document of a new server, from what muster-server init prints there. Without it, a server begins as a quick start with its keys beside it.',
    )
    .requiredOption('--server <file>', 'what muster-server init printed on the host of the server')
    .requiredOption('--out <file>', 'where the trust document goes')
    .addOption(new Option('--mode <mode>', 'one person decides, or two').choices(firmModes).default('solo'))
    .option('--id <id>', 'your id as a signer', 'me')
    .option('--name <text>', 'your name, as devices show it in their logs (default: your id)')
    .addOption(
      new Option('--signer <id=key>', 'public key of a second person; repeat it for more').argParser(
        (text: string, before: readonly TrustSigner[] = []) => [...before, reading(parseSigner)(text)],
      ),
    );
  addNewKeyOptions(command).action((options: InitOptions, command: Command) =>
    init(createPrinter(terminal, readSharedFlags(command)), options),
  );
}

async function readRequest(path: string): Promise<ServerRequest> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as ServerRequest;
    const { org, serverKey, tlsPin } = value;
    if ([org, serverKey].every((text) => typeof text === 'string') && tlsPin !== undefined) return value;
    throw new Error('fields are missing');
  } catch (cause) {
    throw fail('E_FILE', { cause, detail: `${path} is not what muster-server init printed.` });
  }
}

async function init(printer: Printer, options: InitOptions): Promise<void> {
  const { mode, signer: others = [], id, name = id } = options;
  checkNumber(mode, others);
  const { org, serverKey, tlsPin } = await readRequest(options.server);
  printer.note(
    '1. A root key is made. It signs changes of the trust document and nothing else; it belongs on a stick in a safe.',
  );
  const root = await ensureKeyFile(printer, 'root', options);
  printer.note(
    `2. A signer key is made for ${id}. It signs what you order every day, and stays on this workstation.`,
  );
  const own = await ensureKeyFile(printer, id, options);
  const document: TrustDocument = {
    v: 1,
    org,
    version: 1,
    issuedAt: new Date(printer.terminal.now()).toISOString(),
    mode,
    root: { threshold: 1, keys: [keyField(encodeBase64url(root.key.publicKey))] },
    signers: [fullSigner(id, name, encodeBase64url(own.key.publicKey)), ...others],
    serverKeys: [keyField(serverKey)],
    tlsPins: tlsPin === null ? [] : [tlsPin],
    releaseKeys: [],
    rpIds: [],
    origins: [],
    classes: {},
    policyEpoch: 1,
  };
  checkTrustDraft(document);
  const envelope = sealEnvelope(TRUST_TYPE, encodeUtf8(JSON.stringify(document)), [root.key]);
  try {
    await writeFile(options.out, `${JSON.stringify(envelope)}\n`, { flag: 'wx' });
  } catch (cause) {
    throw fail('E_FILE', {
      cause,
      detail: `The file ${options.out} cannot be made; it may be there already.`,
    });
  }
  printer.note(`3. The trust document is in ${options.out}, mode ${mode}:`);
  for (const one of document.signers) printer.note(`  - ${one.id} (${one.name}) may ${describeRoles(one)}.`);
  printer.note(
    `4. On the host of the server: muster-server init --genesis ${options.out}, then muster-server run.`,
  );
  if (printer.json) printer.print({ envelope, document }, () => '');
}
