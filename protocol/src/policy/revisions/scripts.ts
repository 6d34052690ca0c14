// Who signs a policy that carries code: no fewer, and no others, than code in a document of its own and the command that runs it.
import type { OpenedDocument } from '../../commands/document.ts';
import { checkQuorum } from '../../commands/signers.ts';
import { fail } from '../../errors.ts';
import { classOf } from '../../signing/classes.ts';
import type { ReadonlyTrust } from '../../signing/trust.ts';
import type { Policy } from '../document/policy.ts';
import type { PolicyRevision } from './documents.ts';

/** True where a rule brings a program of its own: also one that only looks runs it, as root. */
export function carriesCode({ rules }: Pick<Policy, 'rules'>): boolean {
  return rules.some(({ kind }) => kind === 'script');
}

/**
 * A text in a policy is approved like a content document, and the policy orders it like `script.run`: both demands hold, whatever the
 * mode of the rule. So where content needs two, the revision bears the signatures of both.
 * @throws MusterError E_MODE, E_ROLE, E_QUORUM, E_BLAST where the trust document makes scripts destructive: those name their devices
 */
export function checkScriptSigners(
  { document, signers, direct }: Pick<OpenedDocument<PolicyRevision>, 'document' | 'signers' | 'direct'>,
  trust: ReadonlyTrust,
): void {
  const { requester } = document; // who orders it
  // The text, then the order to run it
  for (const kind of ['content', 'script.run']) {
    const commandClass = classOf(kind, trust.classes);
    if (commandClass === 'destructive')
      throw fail('E_BLAST', {
        detail:
          'The trust document makes scripts destructive, and such a command names its devices, which a policy does not; take the script out of it.',
      });
    // Who counts, how many, and where they signed
    checkQuorum({ trust, signers, direct, requester, kind, commandClass });
  }
}
