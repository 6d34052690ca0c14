// Reads an expression before anything is asked of the server: what is wrong with it is said at once, with its place.
import { isMusterError, MusterError } from '@muster/protocol';
import type { Expression } from '@muster/protocol/language';

/** The checked expression. @throws MusterError E_EXPRESSION with a hint for those who forgot quotes */
export async function readExpression(text: string): Promise<Expression> {
  // Loaded only here: it brings the expression language along.
  const { compileExpression } = await import('@muster/protocol/language');
  try {
    return compileExpression(text, { for: 'server' });
  } catch (cause) {
    throw withHint(cause, text);
  }
}

/** A word without quotes is taken for a fact: `os.family == debian`. */
function withHint(error: unknown, text: string): unknown {
  if (!isMusterError(error, 'E_EXPRESSION')) return error;
  const word = /There is no fact "([^"]+)"/.exec(error.message)?.[1];
  if (word === undefined || !/^[\w.]+$/.test(word)) return error;
  // The word stands in a pattern: a name of facts holds dots besides letters.
  const isValue = new RegExp(`[=!]= *${word.replaceAll('.', '\\.')}(?![\\w."])`).test(text);
  const hint = isValue ? ` Write "${word}" in quotes if it is a text.` : '';
  return new MusterError('E_EXPRESSION', {
    // Below the first line stands the place in the text.
    sentence: error.message.replace(/(?=\n|$)/, `${hint} muster facts lists them.`),
    retryable: false,
  });
}
