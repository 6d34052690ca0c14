// What the reader of YAML complains about, as a sentence that says what to do.
import type { ErrorCode } from 'yaml';

/** By the code of the library; what is not here is said in its own words. */
const sentences: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_DIRECTIVE: 'Take the directive away; files are YAML 1.2.',
  BAD_DQ_ESCAPE:
    'Write \\\\ for a backslash in double quotes, or use single quotes; there is no such escape.',
  BAD_INDENT: 'Indent the line like those that belong with it.',
  BAD_SCALAR_START: 'Put the text in quotes; it cannot begin with this character.',
  BLOCK_AS_IMPLICIT_KEY: 'Put a text with ": " in quotes; only one key stands in a line.',
  BLOCK_IN_FLOW: 'Write this inside of the brackets without lines and dashes of its own.',
  KEY_OVER_1024_CHARS: 'Shorten the key; it may have at most 1,024 characters.',
  MULTILINE_IMPLICIT_KEY: 'Put the key on one line with its colon, or the text in quotes.',
  MULTIPLE_DOCS: 'Divide the documents by a line with three dashes.',
  RESOURCE_EXHAUSTION: 'Take some levels away; so many inside of each other are never a policy.',
  TAB_AS_INDENT: 'Indent with blanks; YAML takes no tabs there.',
};

/** One sentence. */
export function explainYamlError(code: ErrorCode, message: string): string {
  const [, end] = /^Flow (?:map|sequence) .* end with an? (.)$/.exec(message) ?? [];
  if (end !== undefined) return `Close the brackets with ${end}, and indent what stands inside of them.`;
  return sentences[code] ?? `Correct the YAML: ${message.replace(/\s+/g, ' ').replace(/\.?$/, '.')}`;
}
