// The stored chain of trust documents: read and followed from its beginning, and what every version must keep for this server.
import {
  decodeBase64url,
  type Envelope,
  followTrustChain,
  isTrustDocument,
  openTrustGenesis,
  parseEnvelope,
  type TrustState,
  trustHash,
} from '@muster/protocol';
import { nodeCrypto } from '../../core/crypto.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { fail } from '../../errors.ts';
import { readGenesisHash, writeGenesisHash } from './keys.ts';
import { selectChain } from './store.ts';

/** What a chain is verified with. */
export const verifyDeps = { crypto: nodeCrypto, validate: isTrustDocument };

/** The chain of an organization; grows at its end. */
export interface Chain {
  readonly envelopes: Envelope[];
  state: TrustState;
}

/** Follows the stored chain from its first document: a row that somebody edited stops the server here. */
export async function readChain(sql: RawSql, tenant: number, keyFolder: string): Promise<Chain> {
  const envelopes = (await selectChain(sql, tenant)).map((row) => parseEnvelope(row.envelope));
  const [genesis, ...updates] = envelopes;
  if (genesis === undefined) throw fail('E_TRUST_CHAIN');
  const shownHash = trustHash(decodeBase64url(genesis.payload), nodeCrypto);
  // Absent after a crash between the insert and the note: taken from the database this once.
  const expectedHash = (await readGenesisHash(keyFolder)) ?? shownHash;
  await writeGenesisHash(keyFolder, expectedHash);
  if (expectedHash !== shownHash)
    throw fail('E_TRUST_CHAIN', {
      detail:
        'The first trust document in the database is not the one noted beside the keys; restore both from the same backup.',
    });
  let state = openTrustGenesis(genesis, { ...verifyDeps, expectedHash });
  for (const update of updates) state = followTrustChain(state, [update], verifyDeps);
  return { envelopes, state };
}
