// What a command may do with approved content: only what stands in the document that was signed with the bytes. Pure.
//
// Whatever decides what code does is signed by two, in the document; who orders it chooses among what they allowed:
// - the document itself, by its digest: bytes, place, mode, owner, interpreter, time limit and the meaning of exit codes;
// - values of the parameters that the document declares, which reach the script as data;
// - one of the users it names, and input where it allows any.
import type { Command } from './command.ts';
import type { Content } from './content.ts';
import { MIN_SCRIPT_MS } from './limits.ts';

/** What contradicts itself in a document, whoever signed it, for people; null: nothing. */
export function findContentFault(content: Content): string | null {
  return content.use === 'script' ? findScriptFault(content) : findFileFault(content);
}

function findScriptFault({ place, interpreter, timeoutMs, okExits }: Content): string | null {
  if (place !== null) return 'A script has no place; it runs from where it is kept.';
  if (interpreter === 'none') return 'A script needs an interpreter.';
  if (timeoutMs < MIN_SCRIPT_MS) return 'A script needs the time after which it is ended, at least a second.';
  return okExits.length === 0 ? 'A script needs an exit code that means success.' : null;
}

function findFileFault({
  place,
  interpreter,
  parameters,
  runAs,
  stdin,
  timeoutMs,
  okExits,
}: Content): string | null {
  if (place === null) return 'A file needs the place where it belongs.';
  // What only a script has would be signed for nothing, and read as if it meant something.
  const lists = parameters.length + runAs.length + okExits.length;
  const isPlain = interpreter === 'none' && lists === 0 && !stdin && timeoutMs === 0;
  return isPlain ? null : 'A file has no interpreter, parameters, users, input, time limit or exit codes.';
}

/** Why the content was not signed for what a command asks of it, for people; null: it was. */
export function findUseFault(
  { kind, args }: Pick<Command, 'kind' | 'args'>,
  content: Content,
): string | null {
  const use = kind === 'script.run' ? 'script' : 'file';
  if (content.use !== use) return `${content.name} was signed as a ${content.use}; ${kind} takes a ${use}.`;
  if (use === 'file') return null;
  // Input can carry as much meaning as the script itself: whoever approves a script says whether it may get any.
  if (args.stdin !== '' && !content.stdin)
    return `${content.name} was not signed to be given input; order it without, or have it signed with input allowed.`;
  return findUserFault(content, args.runAs);
}

function findUserFault({ name, runAs: users }: Content, asked: unknown): string | null {
  if (users.length === 0)
    return asked === ''
      ? null
      : `${name} was signed for the default user only; leave runAs out, or have it signed for that user.`;
  // Else a script for an ordinary account would become root's by leaving the name out.
  return users.some((user) => user === asked)
    ? null
    : `${name} was signed for the users ${users.join(', ')}; name one of them as runAs.`;
}
