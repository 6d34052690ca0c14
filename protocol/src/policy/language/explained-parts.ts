// An explanation as a list: one row a part, in the order of the text.
import type { Explained } from './explain.ts';

/** A part with how deep it stands in others. */
export interface ExplainedPart extends Omit<Explained, 'parts'> {
  /** 0: the whole expression. */
  readonly depth: number;
}

/** The whole first, then its parts. As bounded as the expression. */
export function listExplained({ kind, text, holds, reads, parts }: Explained, depth = 0): ExplainedPart[] {
  return [{ depth, kind, text, holds, reads }, ...parts.flatMap((part) => listExplained(part, depth + 1))];
}
