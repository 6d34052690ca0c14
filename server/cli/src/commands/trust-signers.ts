// `muster trust add-signer, add-key, remove-key, remove-signer`: who may sign, and with which keys.
import type { TrustDocument, TrustSigner } from '@muster/protocol';
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

/** Keys of a person, with what has to be compared. @throws MusterError E_USAGE for none */
function keysOf(session: Session, person: Person) {
  if (person.keys.length === 0)
    throw fail('E_USAGE', {
      detail: `No key is registered for ${person.handle}; on his workstation: muster keys new, then muster persons add-key.`,
    });
  const keys = person.keys.map(({ key }) => keyField(key));
  session.note(`Ask ${person.name} on another way (by voice, in person) whether these are his keys:`);
  for (const key of keys) session.note(`  ${nameKey(key)}`);
  return keys;
}

function registerKeyChanges(trust: Command, terminal: Terminal): void {
  addProposeOptions(
    trust
      .command('add-key')
      .summary('give a signer another key')
      .description(
        'Adds the keys registered for a person that his signer does not have yet: a new laptop, a spare.',
      )
      .argument('<signer>', 'id of the signer, which is the short name of the person'),
  ).action((id: string, options: ProposeOptions, command: Command) =>
    changeTrust(terminal, command, {
      options,
      prepare: async ({ session }) => {
        const keys = keysOf(session, await findPerson(session, id));
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
