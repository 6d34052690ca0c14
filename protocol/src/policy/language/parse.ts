// Reads the text of an expression: what may stand in it at all, then CEL's grammar, faults in plain words.
import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import type { MusterError } from '../../errors.ts';
import {
  MAX_CALL_ARGUMENTS,
  MAX_EXPRESSION_CHARS,
  MAX_EXPRESSION_DEPTH,
  MAX_EXPRESSION_PARTS,
  MAX_LIST_ELEMENTS,
} from './limits.ts';
import { HIDDEN, refuse, shorten } from './place.ts';

// Only the parser is used: types are checked, and values judged, by this folder's own closed lists.
const environment = new Environment({
  limits: {
    maxAstNodes: MAX_EXPRESSION_PARTS,
    maxDepth: MAX_EXPRESSION_DEPTH,
    maxListElements: MAX_LIST_ELEMENTS,
    maxMapEntries: 0, // no map is of use here, so none is parsed
    maxCallArguments: MAX_CALL_ARGUMENTS,
  },
});

/**
 * The syntax tree of an expression, each node with its place in the text.
 * Length and characters are looked at first, so that the parser meets nothing that could cost time.
 * @throws MusterError E_EXPRESSION
 */
export function parseText(text: string): ASTNode {
  if (text.length > MAX_EXPRESSION_CHARS)
    throw refuse(
      text.slice(0, MAX_EXPRESSION_CHARS + 1),
      MAX_EXPRESSION_CHARS,
      `The expression is longer than ${MAX_EXPRESSION_CHARS} characters.`,
    );
  // A signer must see what he signs.
  const unseen = text.search(HIDDEN);
  if (unseen !== -1) throw refuseHidden(text, unseen);
  if (text.trim() === '') throw refuse('', 0, 'The expression is empty.');
  try {
    return environment.parse(text).ast;
  } catch (error) {
    if (error instanceof ParseError) throw explain(text, error);
    throw error;
  }
}

/** Names the character by its code point and says how CEL writes it as an escape. */
function refuseHidden(text: string, at: number): MusterError {
  const code = (text.codePointAt(at) ?? 0).toString(16).toUpperCase();
  const written = code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  return refuse(
    text,
    at,
    `A character cannot be seen or told apart here; write it as the escape ${written}.`,
  );
}

const UNCLOSED = 'A text is not closed by its quotation mark.';
const NO_NUMBER = 'This is no number.';

/** Signs that the parser may miss, by its own names; it misses a name only behind a dot. */
const tokens: ReadonlyMap<string, string> = new Map([
  ['RPAREN', ')'], // of a bracket or a call
  ['RBRACKET', ']'], // of a list
  ['RBRACE', '}'], // of a map, which is refused, but parsed first
  ['COLON', ':'], // of `? :`, likewise
]);

/** What is too much, by the parser's names of its limits. */
const limits: ReadonlyMap<string, string> = new Map([
  ['maxDepth', `The expression is nested deeper than ${MAX_EXPRESSION_DEPTH} levels.`],
  ['maxAstNodes', `The expression has more than ${MAX_EXPRESSION_PARTS} parts.`],
  ['maxListElements', `The list has more than ${MAX_LIST_ELEMENTS} elements.`],
  ['maxMapEntries', 'Maps are not offered here.'],
  ['maxCallArguments', `No function takes more than ${MAX_CALL_ARGUMENTS} values.`],
]);

/** What somebody meant who wrote one of these. */
const hints: ReadonlyMap<string, string> = new Map([
  ['=', '; compare with =='],
  ['&', '; write && for "and"'],
  ['|', '; write || for "or"'],
]);

/** The parser's fault in our words, at the parser's place. */
function explain(text: string, error: ParseError): MusterError {
  const { start = 0, end = start } = error.range ?? {};
  return refuse(text, Math.min(start, text.length), sentenceOf(error, shorten(text.slice(start, end))));
}

/** Faults that need no look at the text, by the parser's codes. */
const faults: ReadonlyMap<string, string> = new Map([
  ['unterminated_string', UNCLOSED], // "abc
  ['newline_in_string', UNCLOSED], // a line break within "abc
  ['unterminated_triple_quoted_string', UNCLOSED], // """abc"
  ['invalid_number', NO_NUMBER], // 1e400
  ['invalid_integer', NO_NUMBER], // unsigned and beyond 2^64
  ['invalid_hex_integer', NO_NUMBER], // 0x
  ['invalid_exponent', NO_NUMBER], // 1e
  // The parser takes loops and `cel.bind` apart itself, before anybody can refuse them by name.
  ['invalid_macro_argument', 'Loops and bindings are not offered here.'],
]);

/** The sentence for a fault; `token` is what stands at its place, '' at the end of the text. */
function sentenceOf({ code, summary }: ParseError, token: string): string {
  switch (code) {
    case 'limit_exceeded': // "Exceeded maxDepth (32)"
      return limits.get(/ (\w+)/.exec(summary)?.[1] ?? '') ?? `${summary}.`;
    case 'expected_token': // "Expected RPAREN, got EOF"
      return explainMissing(tokens.get(/^Expected (\w+)/.exec(summary)?.[1] ?? ''), token);
    case 'unexpected_token': // os.name == )
      return explainValue(token);
    case 'unexpected_character': // os.name = "a", or virtual "b"
      // The parser quotes a whole token that comes too late, the scanner does not quote what is no token at all.
      if (!summary.endsWith("'")) return `"${token}" has no meaning here${hints.get(token) ?? ''}.`;
      return `The expression should end before ${token}; an operator such as && may be missing.`;
    case 'reserved_identifier': // CEL keeps the words of C and JavaScript: loop, while, __proto__
      return `The word "${token}" is reserved and names nothing.`;
    default:
      return faults.get(code) ?? `${summary}.`;
  }
}

/** For a sign that must come and does not; undefined stands for a name. */
function explainMissing(wanted: string | undefined, token: string): string {
  if (wanted === undefined) return 'A name is missing behind the dot.';
  return token === '' ? `The expression ends before its "${wanted}".` : `A "${wanted}" is missing here.`;
}

/** For a value that must come and does not. */
function explainValue(token: string): string {
  return token === ''
    ? 'The expression ends where a value is missing.'
    : `A value is missing here, before "${token}".`;
}
