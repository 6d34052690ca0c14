// Where this terminal is signed in, how far the trust of that server goes, and the trust document as people read it.
import type { ReadonlyTrust } from '@muster/protocol';
import type { TrustView, Whoami } from '../api/types.ts';
import { type Canvas, paint } from '../output/canvas.ts';
import { safeText } from '../output/safe-text.ts';
import { drawFacts, drawTable } from '../output/table.ts';
import { describeRoles, nameKey } from '../trust/describe.ts';

/** What stands beside the answer of the server. */
export interface SignIn {
  readonly url: string;
  /** Path of the sign-in file; null: from the environment. */
  readonly profile: string | null;
  readonly person: Whoami['person'];
}

function describePerson(person: SignIn['person']): string {
  if (person === null) return 'nobody: this token belongs to no person';
  const { name, handle, signerId } = person;
  return `${name} (${handle})${signerId === null ? ', no signer' : `, signs as ${signerId}`}`;
}

/** Draws it. */
export function drawSignIn(trust: TrustView, { url, profile, person }: SignIn, canvas: Canvas): string {
  const isSoft = trust.soft.length > 0;
  const facts = drawFacts(
    [
      ['Server', url],
      ['Sign-in', profile ?? 'from the environment (MUSTER_URL, MUSTER_TOKEN)'],
      ['Person', describePerson(person)],
      ['Organization', `${trust.organization.name} (${trust.organization.id})`],
      ['Trust', { text: `${trust.mode}, version ${trust.version}`, tone: isSoft ? 'warn' : 'good' }],
      ['Signers', trust.signers.map(({ name, roles }) => `${name} (${roles.join(', ')})`).join('; ')],
    ],
    canvas,
  );
  return [facts, ...drawSoft(trust.soft, canvas)].join('\n');
}

/** A trust document with what stands beside it. */
export interface TrustPicture {
  readonly document: ReadonlyTrust;
  readonly hash: string;
  /** Name of the organization. */
  readonly name: string;
  readonly soft: readonly string[];
}

function drawSoft(soft: readonly string[], canvas: Canvas): string[] {
  if (soft.length === 0) return [];
  return ['', paint('Still soft', 'strong', canvas), ...soft.map((sentence) => `  - ${safeText(sentence)}`)];
}

/** Draws the whole document. */
export function drawTrustDocument({ document, hash, name, soft }: TrustPicture, canvas: Canvas): string {
  const { root, mode, version, classes } = document;
  const tone = mode === 'quickstart' ? 'warn' : 'good';
  const facts = drawFacts(
    [
      ['Organization', `${name} (${document.org})`],
      ['Mode', { text: mode, tone }],
      ['Version', `${version}, of ${document.issuedAt}`],
      ['Hash', hash],
      ['Root', `${root.threshold} of ${root.keys.length}: ${root.keys.map(nameKey).join(', ')}`],
      ['Server', document.serverKeys.map(nameKey).join(', ')],
      ['Passkeys', document.origins.length === 0 ? 'none count' : `at ${document.origins.join(', ')}`],
      ['TLS', document.tlsPins.length === 0 ? 'as the system decides' : `${document.tlsPins.length} pinned`],
      [
        'Stricter',
        Object.entries(classes)
          .map(([kind, word]) => `${kind} is ${word}`)
          .join(', '),
      ],
    ],
    canvas,
  );
  const signers = drawTable(
    [{ title: 'signer' }, { title: 'name' }, { title: 'kind' }, { title: 'may' }, { title: 'keys' }],
    document.signers.map((signer) => [
      signer.id,
      signer.name,
      signer.kind,
      describeRoles(signer),
      signer.keys.map(nameKey).join(', '),
    ]),
    canvas,
  );
  return [facts, '', signers, ...drawSoft(soft, canvas)].join('\n');
}
