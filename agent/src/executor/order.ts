// What a journalled run is to do: read back from the bytes that were verified before they were journalled.
import { decodeBase64url, parseEnvelope } from '@muster/protocol';
import { type Command, type Content, parseDocument } from '@muster/protocol/commands';
import { fail } from '../errors.ts';
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
  const use = command.kind === 'script.run' ? 'script' : 'file';
  // The first that fits: verification went through them in the same order, and stopped there.
  for (const envelope of run.offer.content) {
    const content = parsePayload<Content>(envelope, 'content');
    if (content.sha256 === wanted && content.use === use) return { command, content };
  }
  throw fail('E_STATE');
}
