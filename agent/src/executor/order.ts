// What a journalled run is to do: read back from the bytes that were verified before they were journalled.
import { decodeBase64url, parseEnvelope } from '@muster/protocol';
import { type Command, type Content, documentDigest, parseDocument } from '@muster/protocol/commands';
import { fail } from '../errors.ts';
import { nodeCrypto } from '../identity/crypto.ts';
import type { RunEntry } from './records.ts';

/** The command of a run, and the approved content that it names; null: none. */
export interface Order {
  readonly command: Command;
  readonly content: Content | null;
}

function parsePayload<T>(envelope: unknown, schema: 'command' | 'content'): T {
  return parseDocument<T>(decodeBase64url(parseEnvelope(envelope).payload), schema);
}

/** Reads the order of a run that has not ended. @throws MusterError E_STATE for one that has */
export function readOrder(run: RunEntry): Order {
  if (run.offer === null) throw fail('E_STATE');
  const command = parsePayload<Command>(run.offer.envelope, 'command');
  const wanted = command.args.content;
  if (typeof wanted !== 'string') return { command, content: null };
  // The digest names one document, so it is the one that was verified.
  for (const envelope of run.offer.content) {
    if (documentDigest(envelope, nodeCrypto) !== wanted) continue;
    return { command, content: parsePayload<Content>(envelope, 'content') };
  }
  throw fail('E_STATE');
}
