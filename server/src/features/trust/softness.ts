// What a mode leaves open, in sentences for people: computed from the document in force and from what lies beside the server.
import { encodeBase64url, type ReadonlyTrust } from '@muster/protocol';
import { readKey } from './keys.ts';

/** What a mode leaves open by itself. */
const byMode: Readonly<Record<ReadonlyTrust['mode'], readonly string[]>> = {
  quickstart: [
    'The root key, the signer key and the server key lie beside the server, so whoever owns the server owns the trust document.',
    'The agents of this mode claim nothing beyond an authentic, encrypted connection: one signature that the server itself could make is enough for code.',
    'Destructive kinds (wipe, lock, unenroll) are refused until muster trust harden has been run.',
  ],
  solo: [
    'One signer decides alone: whoever has his key and its passphrase can run code, lock and wipe, after the cool-off.',
  ],
  hardened: [],
};

function describeRoot({ root, mode }: ReadonlyTrust): string[] {
  if (mode !== 'hardened' || root.threshold > 1) return [];
  return [
    'One root key is enough to replace the trust document: keep its file offline, or ask for two with muster trust rotate root.',
  ];
}

/** Keys of the document that lie where only quick start has them. */
async function describeKeysBeside(
  { root, signers, mode }: ReadonlyTrust,
  keyFolder: string,
): Promise<string[]> {
  if (mode === 'quickstart') return [];
  const listed = {
    root: root.keys.map(({ key }) => key),
    signer: signers.flatMap(({ keys }) => keys.map(({ key }) => key)),
  };
  const found: string[] = [];
  for (const name of ['root', 'signer'] as const) {
    const key = await readKey(keyFolder, name);
    if (key !== null && listed[name].includes(encodeBase64url(key.publicKey)))
      found.push(
        `A ${name} key of the trust document lies beside the server, in ${name}.pem of its key folder; move it away.`,
      );
  }
  return found;
}

/** All of it; empty when nothing is soft. */
export async function describeSoftness(document: ReadonlyTrust, keyFolder: string): Promise<string[]> {
  return [
    ...byMode[document.mode],
    ...describeRoot(document),
    ...(await describeKeysBeside(document, keyFolder)),
  ];
}
