// The trust document in force, verified from its beginning: what a server says about it is not believed.
import {
  decodeBase64url,
  type Envelope,
  followTrustChain,
  isMusterError,
  isTrustDocument,
  MAX_TRUST_CHAIN,
  openTrustGenesis,
  parseEnvelope,
  type TrustState,
  trustHash,
} from '@muster/protocol';
import { type Api, take } from '../api/client.ts';
import { fail } from '../errors.ts';
import { nodeCrypto } from '../keys/signing-key.ts';
import { memoryPath, readMemory, writeMemory } from './memory.ts';

/** What a trust document is verified with. */
export const verifyDeps = { crypto: nodeCrypto, validate: isTrustDocument };

/** What this terminal remembers of a server's trust, so that an exchanged or older chain shows. */
interface Remembered {
  /** Hash of the first document. */
  readonly genesis: string;
  readonly version: number;
  /** Hash of that version. */
  readonly hash: string;
}

const isRemembered = ({ genesis, version, hash }: Partial<Record<keyof Remembered, unknown>>) =>
  typeof genesis === 'string' && typeof version === 'number' && typeof hash === 'string';

/** All envelopes of the chain, oldest first. */
async function readEnvelopes(api: Api): Promise<Envelope[]> {
  const all: Envelope[] = [];
  for (;;) {
    const query = { from: all.length + 1 };
    const { envelopes } = await take(api.http.GET('/api/v1/trust/chain', { params: { query } }));
    all.push(...envelopes.map(parseEnvelope));
    if (envelopes.length < MAX_TRUST_CHAIN) return all;
  }
}

/** Follows the chain and finds the version this terminal knew on its way. */
function follow(
  envelopes: readonly Envelope[],
  known: Remembered | null,
): { state: TrustState; genesis: string } {
  const [first, ...updates] = envelopes;
  if (first === undefined) throw fail('E_ANSWER');
  const genesis = trustHash(decodeBase64url(first.payload), nodeCrypto);
  let state = openTrustGenesis(first, { ...verifyDeps, expectedHash: known?.genesis ?? genesis });
  let isKnownMet = known === null || known.hash === state.hash;
  for (const update of updates) {
    state = followTrustChain(state, [update], verifyDeps);
    isKnownMet ||= known?.hash === state.hash;
  }
  if (!isKnownMet) throw fail('E_TRUST_CHANGED');
  return { state, genesis };
}

/**
 * The document in force, verified. The first one this terminal ever sees of a server is taken as it is; from then on
 * the chain must hold what was seen.
 * @throws MusterError E_TRUST_CHANGED, E_FILE, E_CONNECT and what the server refuses with
 */
export async function readTrust(
  { api, url }: { readonly api: Api; readonly url: string },
  env: NodeJS.ProcessEnv,
) {
  const path = memoryPath(env, url, 'trust');
  const known = await readMemory<Remembered>(path, isRemembered);
  const envelopes = await readEnvelopes(api);
  try {
    const { state, genesis } = follow(envelopes, known);
    const { version } = state.document;
    if (known?.hash !== state.hash)
      await writeMemory(path, { genesis, version, hash: state.hash } satisfies Remembered);
    return state;
  } catch (cause) {
    if (!isMusterError(cause) || known === null) throw cause;
    throw fail('E_TRUST_CHANGED', { cause });
  }
}
