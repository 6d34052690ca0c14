// `muster trust add-signer, add-key, remove-key, remove-signer`: who may sign, and with which keys.
import type { ReadonlyTrust, SignerKey, TrustDocument, TrustSigner } from '@muster/protocol';
import { type Command, Option } from 'commander';
import type { Person } from '../api/types.ts';
import { fail } from '../errors.ts';
import type { Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { nameKey } from '../trust/describe.ts';
import { addSigner, keyField, removeSigner, signerIn } from '../trust/drafts.ts';
import type { ProposeOptions } from '../trust/propose.ts';
import { findPerson } from './persons.ts';
import { addProposeOptions, changeTrust } from './trust-options.ts';

const roles = ['request', 'approve', 'halt'] as const;
type Mode = TrustDocument['mode'];

/** Changing the number of approvers may need another mode in the same document. */
function modeOption(): Option {
  return new Option('--mode <mode>', 'change the mode as well').choices(['solo', 'hardened']);
}

interface AddOptions extends ProposeOptions {
  readonly role?: readonly TrustSigner['roles'][number][];
  readonly kind: TrustSigner['kind'];
  readonly kinds: readonly string[];
  readonly mode?: Mode;
}

/** Registers them. */
export function registerSigners(trust: Command, terminal: Terminal): void {
  addProposeOptions(
    trust
      .command('add-signer')
      .summary('let a person or an automation sign')
      .description(
        'Makes a person a signer, with the keys registered for him. Compare the fingerprints with him before you sign: the server could show others.',
      )
      .argument('<person>', 'short name of the person')
      .addOption(
        new Option(
          '--role <role...>',
          'what he may do (default: all for a person, request for an automation)',
        ).choices(roles),
      )
      .addOption(
        new Option('--kind <kind>', 'a person, or an automation whose key lies on some machine')
          .choices(['person', 'automation'])
          .default('person'),
      )
      .option('--kinds <kind...>', 'kinds of command he may ask for or approve, as service.*', ['*'])
      .addOption(modeOption()),
  ).action((who: string, options: AddOptions, command: Command) =>
    changeTrust(terminal, command, {
      options,
      prepare: async ({ session }) => {
        const person = await findPerson(session, who);
        const { kind, mode } = options;
        const given = options.role ?? (kind === 'person' ? roles : ['request' as const]);
        const signer: TrustSigner = {
          id: person.handle,
          name: person.name,
          kind,
          roles: roles.filter((role) => given.includes(role)),
          kinds: [...options.kinds],
          keys: keysOf(session, person),
        };
        return (next) => {
          addSigner(next, signer);
          if (mode !== undefined) next.mode = mode;
        };
      },
    }),
  );
  registerKeyChanges(trust, terminal);
  addProposeOptions(
    trust
      .command('remove-signer')
      .summary('take all rights of a signer away')
      .description(
        'Takes a signer out of the trust document. Nothing of his is taken any more; his id is not given to anybody else.',
      )
      .argument('<signer>', 'id of the signer')
      .addOption(modeOption()),
  ).action((id: string, options: ProposeOptions & { readonly mode?: Mode }, command: Command) =>
    changeTrust(terminal, command, {
      options,
      prepare: async () => (next) => {
        removeSigner(next, id);
        if (options.mode !== undefined) next.mode = options.mode;
      },
    }),
  );
}

/** Key files of a person, with what has to be compared. @throws MusterError E_USAGE for none */
function keysOf(session: Session, person: Person) {
  const files = person.keys.filter(({ scheme }) => scheme === 'ed25519');
  if (files.length === 0)
    throw fail('E_USAGE', {
      detail: `No key is registered for ${person.handle}; on his workstation: muster keys new, then muster persons add-key.`,
    });
  const keys = files.map(({ key }) => keyField(key));
  session.note(`Ask ${person.name} on another way (by voice, in person) whether these are his keys:`);
  for (const key of keys) session.note(`  ${nameKey(key)}`);
  return keys;
}

/** The passkey of a person that is meant. @throws MusterError E_USAGE for none, or where no page is listed */
function passkeyOf(session: Session, person: Person, { wanted, trust }: PasskeyWish): SignerKey {
  const passkeys = person.keys.filter(({ scheme }) => scheme === 'webauthn-es256');
  const found = passkeys.find(({ keyid }) => keyid === wanted);
  if (found === undefined)
    throw fail('E_USAGE', {
      detail:
        passkeys.length === 0
          ? `No passkey is registered for ${person.handle}; he registers one for signing in the console.`
          : `${person.handle} has no passkey ${wanted}; there are ${passkeys.map(({ keyid, name }) => `${keyid} (${name})`).join(', ')}.`,
    });
  if (trust.origins.length === 0)
    throw fail('E_USAGE', {
      detail:
        'The trust document lists no page at which passkeys may sign; muster trust set-origins https://<name of the console> does.',
    });
  const key = { scheme: found.scheme, key: found.key };
  session.note(
    `Ask ${person.name} on another way (by voice, in person) whether the console shows him this passkey:`,
  );
  session.note(`  ${nameKey(key)}, called ${found.name}; it counts at ${trust.origins.join(', ')}`);
  return key;
}

interface PasskeyWish {
  readonly wanted: string;
  readonly trust: ReadonlyTrust;
}

interface AddKeyOptions extends ProposeOptions {
  readonly passkey?: string;
}

function registerKeyChanges(trust: Command, terminal: Terminal): void {
  addProposeOptions(
    trust
      .command('add-key')
      .summary('give a signer another key')
      .description(
        'Adds the keys registered for a person that his signer does not have yet: a new laptop, a spare. A passkey is added only by its name: with it he signs in the browser, but nothing destructive, no last signature on code and no trust document.',
      )
      .argument('<signer>', 'id of the signer, which is the short name of the person')
      .option('--passkey <keyid>', 'a passkey that he registered, as muster persons shows it'),
  ).action((id: string, options: AddKeyOptions, command: Command) =>
    changeTrust(terminal, command, {
      options,
      prepare: async ({ session, current }) => {
        const person = await findPerson(session, id);
        const { passkey: wanted } = options;
        const keys: readonly SignerKey[] =
          wanted === undefined
            ? keysOf(session, person)
            : [passkeyOf(session, person, { wanted, trust: current })];
        return (next) => {
          const signer = signerIn(next, id);
          const fresh = keys.filter(({ key }) => !signer.keys.some((known) => known.key === key));
          if (fresh.length === 0) throw fail('E_USAGE', { detail: `${id} has all of these keys already.` });
          signer.keys.push(...fresh);
        };
      },
    }),
  );
  addProposeOptions(
    trust
      .command('remove-key')
      .summary('take a key away from a signer')
      .description('Takes one key away from a signer, as after a laptop was lost.')
      .argument('<signer>', 'id of the signer')
      .argument('<keyid>', 'key id, as muster trust show tells it'),
  ).action((...[id, keyid, options, command]: [string, string, ProposeOptions, Command]) =>
    changeTrust(terminal, command, {
      options,
      prepare: async () => (next) => {
        const signer = signerIn(next, id);
        const kept = signer.keys.filter((key) => !nameKey(key).startsWith(keyid));
        if (kept.length !== signer.keys.length - 1)
          throw fail('E_USAGE', { detail: `${id} has no key ${keyid}; muster trust show lists them.` });
        if (kept.length === 0)
          throw fail('E_USAGE', {
            detail: `It is his only key; muster trust remove-signer ${id} takes him out.`,
          });
        signer.keys = kept;
      },
    }),
  );
}
