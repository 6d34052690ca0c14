// Pure: whether an expression is one, and if not, why, in the words of the language.
import { isMusterError } from '@muster/protocol';
import { compileExpression } from '@muster/protocol/language';

/** The fault in words; null: none. Nothing is no fault: it means all devices. */
export function findFault(expression: string): string | null {
  if (expression.trim() === '') return null;
  try {
    compileExpression(expression, { for: 'server' });
    return null;
  } catch (error) {
    return isMusterError(error) ? error.message : String(error);
  }
}

/** What somebody types who looks for a name: a word without any sign of the language becomes a condition on the host name. */
export function readTyped(text: string): string {
  const word = text.trim();
  return /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(word) && findFault(word) !== null
    ? `hostname.contains(${JSON.stringify(word)})`
    : word;
}
