// Pure: the conditions of an expression, one by one: what stands between `&&` outside of brackets and quotes.

/** Where a text is at a character: inside quotes or brackets, nothing ends there. */
interface Walk {
  quote: string;
  depth: number;
}

/** Goes over one character; returns how many to skip besides. */
function step(walk: Walk, text: string, at: number): number {
  const char = text[at] ?? '';
  if (walk.quote !== '') {
    if (char === '\\') return 1;
    if (char === walk.quote) walk.quote = '';
    return 0;
  }
  if (char === '"' || char === "'") walk.quote = char;
  else if (char === '(' || char === '[') walk.depth += 1;
  else if (char === ')' || char === ']') walk.depth -= 1;
  return 0;
}

/** Places of an operator outside of brackets and quotes. */
function findOperator(text: string, operator: '&&' | '||'): number[] {
  const walk: Walk = { quote: '', depth: 0 };
  const found: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const isOutside = walk.quote === '' && walk.depth === 0;
    if (isOutside && text.startsWith(operator, at)) found.push(at);
    at += step(walk, text, at);
  }
  return found;
}

/** The conditions that must all hold; an expression with `||` at its top is one condition. */
export function splitConditions(expression: string): string[] {
  const text = expression.trim();
  if (text === '') return [];
  if (findOperator(text, '||').length > 0) return [text];
  const places = findOperator(text, '&&');
  const starts = [0, ...places.map((at) => at + 2)];
  return starts
    .map((start, index) => text.slice(start, places[index] ?? text.length).trim())
    .filter((part) => part !== '');
}

/** An expression of conditions that must all hold; '' for none. */
export function joinConditions(conditions: readonly string[]): string {
  if (conditions.length < 2) return conditions[0] ?? '';
  return conditions.map((one) => (findOperator(one, '||').length > 0 ? `(${one})` : one)).join(' && ');
}

/** A text as a constant of the language. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
