// What a command may do with approved content: only what stands in the document that was signed with the bytes. Pure.
import type { Command } from './command.ts';
import type { Content } from './content.ts';

/** What contradicts itself in a document, whoever signed it, for people; null: nothing. */
export function findContentFault(content: Content): string | null {
  const { use, place, interpreter, parameters, runAs, stdin } = content;
  if (use === 'script') {
    if (place !== null) return 'A script has no place; it runs from where it is kept.';
    return interpreter === 'none' ? 'A script needs an interpreter.' : null;
  }
  if (place === null) return 'A file needs the place where it belongs.';
  // What only a script has would be signed for nothing, and read as if it meant something.
  const isPlain = interpreter === 'none' && parameters.length === 0 && runAs.length === 0 && !stdin;
  return isPlain ? null : 'A file has no interpreter, parameters, users or input.';
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
