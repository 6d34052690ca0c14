// Signed content in the parameters of a command: found by name or hash, and the values for a script's own parameters.
import { type Content, findUseFault } from '@muster/protocol/commands';
import { take } from '../api/client.ts';
import type { ContentItem } from '../api/types.ts';
import { fail } from '../errors.ts';
import type { Session } from '../session.ts';
import { decodeContent } from './documents.ts';

/** Content by name, hash, or the beginning of a hash. @throws MusterError E_USAGE */
export async function findContent({ api }: Pick<Session, 'api'>, text: string): Promise<ContentItem> {
  const { content } = await take(api.http.GET('/api/v1/content'));
  const byName = content.filter(({ name }) => name === text);
  const found =
    byName.length > 0 ? byName : content.filter(({ sha256 }) => text.length >= 6 && sha256.startsWith(text));
  const [first, ...more] = found;
  if (first !== undefined && more.length === 0) return first;
  if (first === undefined)
    throw fail('E_USAGE', {
      detail: `There is no content ${text}; muster content list shows what there is.`,
    });
  throw fail('E_USAGE', {
    detail: `Several contents are called ${text}: ${found.map(({ sha256 }) => sha256.slice(0, 12)).join(', ')}; name one by its hash.`,
  });
}

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

/** Puts hash and values in the place of what was typed; answers the content that the command needs. */
export async function resolveContent(
  session: Session,
  kind: string,
  { args, others }: { readonly args: Record<string, unknown>; readonly others: ReadonlyMap<string, string> },
): Promise<ContentItem | null> {
  if (typeof args.content !== 'string') return null;
  const item = await findContent(session, args.content);
  // The signed bytes count, not what the server says beside them.
  const document = decodeContent(item.envelope);
  // With one user to choose from nobody needs to be asked; it is shown before it is signed.
  const [user, ...more] = document.runAs;
  if (args.runAs === '' && user !== undefined && more.length === 0) args.runAs = user;
  const fault = findUseFault({ kind, args }, document);
  if (fault !== null) throw fail('E_USAGE', { detail: fault });
  args.content = document.sha256;
  if ('parameters' in args) args.parameters = parseScriptValues(document, others);
  return item;
}
