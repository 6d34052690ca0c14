// Signed content in the parameters of a command: found by name or digest, and the values for a script's own parameters.
import { isMusterError, type ReadonlyTrust } from '@muster/protocol';
import { type Command, type Content, documentDigest, findUseFault } from '@muster/protocol/commands';
import { take } from '../api/client.ts';
import type { ContentItem } from '../api/types.ts';
import { fail } from '../errors.ts';
import { nodeCrypto } from '../keys/signing-key.ts';
import { countOf } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import type { Session } from '../session.ts';
import { describeMissing } from './approval.ts';
import { decodeContent } from './documents.ts';

/** By what was signed, or by its bytes. */
function isNamed({ digest, sha256 }: ContentItem, text: string): boolean {
  return digest.startsWith(text) || sha256.startsWith(text);
}

/** Which of several contents of one name is meant: the newest that fits, or the newest where none does. */
export interface Wanted {
  fits(item: ContentItem): boolean;
  /** `the newest that is approved`. */
  readonly words: string;
}

const anyContent: Wanted = { fits: () => true, words: 'the newest' };

/** A script is mended and added again under its name: the newest counts, and which one that is is said. */
function pickNewest(
  session: Pick<Session, 'note'>,
  items: readonly ContentItem[],
  { fits, words }: Wanted,
): ContentItem | undefined {
  const dated = items.map((item) => ({ item, at: decodeContent(item.envelope).at }));
  const fitting = dated.filter(({ item }) => fits(item));
  const [newest, ...older] = (fitting.length > 0 ? fitting : dated).toSorted((a, b) =>
    a.at < b.at ? 1 : -1,
  );
  if (newest === undefined || (older.length === 0 && items.length === 1)) return newest?.item;
  const { name, digest } = newest.item;
  const which = fitting.length > 0 ? words : 'the newest';
  session.note(
    `${countOf(items.length, 'content')} are called ${name}; this is ${which}, made ${formatMoment(newest.at)}, digest ${digest.slice(0, 12)}.`,
  );
  return newest.item;
}

/** Content by name, digest, hash of its bytes, or the beginning of one of them. @throws MusterError E_USAGE */
export async function findContent(
  session: Pick<Session, 'api' | 'note'>,
  text: string,
  wanted = anyContent,
): Promise<ContentItem> {
  const { content } = await take(session.api.http.GET('/api/v1/content'));
  const named = pickNewest(
    session,
    content.filter(({ name }) => name === text),
    wanted,
  );
  if (named !== undefined) return named;
  const found = content.filter((item) => text.length >= 6 && isNamed(item, text));
  const [first, ...more] = found;
  if (first !== undefined && more.length === 0) return first;
  if (first === undefined)
    throw fail('E_USAGE', {
      detail: `There is no content ${text}; muster content list shows what there is.`,
    });
  throw fail('E_USAGE', {
    detail: `Several contents begin with ${text}: ${found.map(({ name, digest }) => `${name} (${digest.slice(0, 12)})`).join(', ')}; name one by its digest.`,
  });
}

/** What waits for a signature is meant where somebody approves. */
export const unapproved: Wanted = {
  fits: ({ state }) => state !== 'approved',
  words: 'the newest that waits for a signature',
};

/** A value for a script as the signed document wants it. @throws MusterError E_USAGE */
function parseValue(name: string, text: string, type: string): string | number | boolean {
  if (type === 'string') return text;
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(?:true|false)$/.test(text)) return text === 'true';
  throw fail('E_USAGE', {
    detail: `The script wants ${name} as ${type === 'integer' ? 'a whole number' : 'true or false'}.`,
  });
}

/** The values for a script. @throws MusterError E_USAGE for one it does not declare, or one that is missing */
function parseScriptValues(
  { name: script, parameters }: Pick<Content, 'name' | 'parameters'>,
  given: ReadonlyMap<string, string>,
): Record<string, string | number | boolean> {
  const values: Record<string, string | number | boolean> = {};
  for (const [name, text] of given) {
    const declared = parameters.find((one) => one.name === name);
    const known = parameters.map((one) => one.name).join(', ') || 'none';
    if (declared === undefined)
      throw fail('E_USAGE', {
        detail: `The script ${script} takes no parameter ${name}; it takes ${known}.`,
      });
    values[name] = parseValue(name, text, declared.type);
  }
  const missing = parameters.find(({ name, required }) => required && !given.has(name));
  if (missing !== undefined)
    throw fail('E_USAGE', {
      detail: `The script ${script} needs ${missing.name}=<${missing.type}>: ${missing.description}`,
    });
  return values;
}

/**
 * The content that a signed command names, held against the digest in it; null where it names none, or this token may not see it.
 * @throws MusterError E_ANSWER for another document
 */
export async function readNamedContent(
  { api }: Pick<Session, 'api'>,
  { args }: Pick<Command, 'args'>,
): Promise<Content | null> {
  const { content: digest } = args;
  if (typeof digest !== 'string') return null;
  try {
    const path = { digest };
    const { envelope } = await take(api.http.GET('/api/v1/content/{digest}', { params: { path } }));
    if (documentDigest(envelope, nodeCrypto) === digest) return decodeContent(envelope);
  } catch (error) {
    if (isMusterError(error, 'E_FORBIDDEN') || isMusterError(error, 'E_NOT_FOUND')) return null;
    throw error;
  }
  throw fail('E_ANSWER', { detail: 'The server shows another content than the one that the command names.' });
}

/** A command in the making. */
interface Draft {
  readonly kind: string;
  readonly trust: ReadonlyTrust;
  readonly args: Record<string, unknown>;
  /** Values for the parameters of a script. */
  readonly others: ReadonlyMap<string, string>;
}

/**
 * Puts digest and values in the place of what was typed; answers the content that the command needs.
 * @throws MusterError E_CONTENT for one that must be approved first, E_USAGE for what does not fit
 */
export async function resolveContent(
  session: Session,
  { kind, trust, args, others }: Draft,
): Promise<ContentItem | null> {
  if (typeof args.content !== 'string') return null;
  const fits = (item: ContentItem) => describeMissing(item, trust) === null;
  const item = await findContent(session, args.content, { fits, words: 'the newest that is approved' });
  const missing = describeMissing(item, trust);
  if (missing !== null) throw fail('E_CONTENT', { detail: missing });
  // The signed bytes count, not what the server says beside them.
  const document = decodeContent(item.envelope);
  // With one user to choose from nobody needs to be asked; it is shown before it is signed.
  const [user, ...more] = document.runAs;
  if (args.runAs === '' && user !== undefined && more.length === 0) args.runAs = user;
  const fault = findUseFault({ kind, args }, document);
  if (fault !== null) throw fail('E_USAGE', { detail: fault });
  // Of the very bytes that are shown: the server could hand devices no other document.
  args.content = documentDigest(item.envelope, nodeCrypto);
  if ('parameters' in args) args.parameters = parseScriptValues(document, others);
  return item;
}
