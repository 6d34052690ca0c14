// Properties of expressions: random ones against an oracle of a few lines and against cel-js itself; random nonsense is refused in words.
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import t from 'tap';
import { isMusterError } from '../../errors.ts';
import { compileExpression, type Expression, type Facts, listFacts } from './index.ts';
import { MAX_EXPRESSION_CHARS } from './limits.ts';

/** A random expression: how it is written, and what it must say. */
interface Sample {
  readonly text: string;
  /** The oracle: undefined stands for an absent fact. */
  readonly says: (facts: Facts) => boolean;
}

const words = ['', 'a', 'A', 'deb', 'debian', 'Debian 12', '12', '12.0', '9', '6.1.0-21', 'x'] as const;
const numbers = [-1, 0, 1, 4, 2 ** 33] as const;
const textNames = ['os.name', 'os.version', 'hostname', 'arch'] as const;
const numberNames = ['cpu.count', 'memory.bytes'] as const;

/** A value of a fact the simple way: what is not of that type is not there. */
function take<T>(facts: Facts, name: string, type: 'string' | 'number' | 'boolean'): T | undefined {
  const value = facts.values[name];
  return typeof value === type ? (value as T) : undefined;
}

const onText = (name: string, test: (text: string) => boolean) => (facts: Facts) => {
  const value = take<string>(facts, name, 'string');
  return value !== undefined && test(value);
};

const onNumber = (name: string, test: (number: number) => boolean) => (facts: Facts) => {
  const value = take<number>(facts, name, 'number');
  return value !== undefined && test(value);
};

const textName = fc.constantFrom(...textNames);
const word = fc.constantFrom(...words);
const quote = (text: string) => JSON.stringify(text);

/** Leaves that plain CEL has too. */
const plainLeaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.tuple(textName, word).map(([name, text]) => ({
    text: `${name} == ${quote(text)}`,
    says: onText(name, (value) => value === text),
  })),
  fc.tuple(textName, word).map(([name, text]) => ({
    text: `${quote(text)} != ${name}`,
    says: onText(name, (value) => value !== text),
  })),
  fc.tuple(textName, fc.array(word, { maxLength: 4 })).map(([name, list]) => ({
    text: `${name} in [${list.map(quote).join(', ')}]`,
    says: onText(name, (value) => list.some((text) => text === value)),
  })),
  fc.tuple(textName, word).map(([name, text]) => ({
    text: `${name}.lowerAscii().contains(${quote(text)})`,
    says: onText(name, (value) => value.toLowerCase().includes(text)),
  })),
  fc.tuple(textName, word).map(([name, text]) => ({
    text: `${name}.startsWith(${quote(text)})`,
    says: onText(name, (value) => value.slice(0, text.length) === text),
  })),
  fc.tuple(fc.constantFrom(...numberNames), fc.constantFrom(...numbers)).map(([name, number]) => ({
    text: `${name} < ${number}`,
    says: onNumber(name, (value) => value < number),
  })),
  fc.tuple(fc.constantFrom(...numberNames), fc.constantFrom(...numbers)).map(([name, number]) => ({
    text: `${number} <= ${name}`,
    says: onNumber(name, (value) => value >= number),
  })),
  fc.constant({ text: 'virtual', says: (facts: Facts) => facts.values.virtual === true }),
  fc.boolean().map((value) => ({ text: String(value), says: () => value })),
);

/** Leaves of this language alone, or about absence. */
const ownLeaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.constantFrom(...textNames).map((name) => ({ text: `has(${name})`, says: onText(name, () => true) })),
  fc.tuple(fc.constantFrom('env', 'constructor'), word).map(([key, text]) => ({
    text: `label("${key}") == ${quote(text)}`,
    says: ({ labels = {} }: Facts) => (Object.keys(labels).includes(key) ? labels[key] : '') === text,
  })),
  fc.constantFrom(0, 9, 12).map((major) => ({
    text: `version(os.version) > version("${major}")`,
    says: onText('os.version', (value) => {
      const [number = 'none', ...rest] = value.split(/[.-]/).map((part) => Number.parseInt(part, 10));
      if (number === 'none' || Number.isNaN(number)) return false;
      return number > major || (number === major && rest.some((part) => part > 0));
    }),
  })),
);

/** Leaves joined by and, or, not; brackets everywhere, so that the oracle needs no precedence. */
function join(leaf: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const { node } = fc.letrec<{ node: Sample }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      tie('node').map(({ text, says }) => ({ text: `!(${text})`, says: (facts: Facts) => !says(facts) })),
      fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map((parts) => ({
        text: parts.map(({ text }) => `(${text})`).join(' && '),
        says: (facts: Facts) => !parts.some(({ says }) => !says(facts)),
      })),
      fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map((parts) => ({
        text: parts.map(({ text }) => `(${text})`).join('\n|| '),
        says: (facts: Facts) => parts.some(({ says }) => says(facts)),
      })),
    ),
  }));
  return node.filter(({ text }) => text.length <= MAX_EXPRESSION_CHARS);
}

const valueFor = (name: string): fc.Arbitrary<string | number | boolean> => {
  if (name === 'virtual') return fc.boolean();
  return textNames.some((known) => known === name) ? word : fc.constantFrom(...numbers);
};
const names = [...textNames, ...numberNames, 'virtual'];
const complete = fc.record(Object.fromEntries(names.map((name) => [name, valueFor(name)])));
const gappy = fc.record(
  Object.fromEntries(
    names.map((name) => [name, fc.oneof(valueFor(name), fc.constantFrom(null, undefined, {} as never))]),
  ),
  { requiredKeys: [] },
);
const labels = fc.dictionary(fc.constantFrom('env', 'other'), word);

t.test('an expression says what its leaves say, joined, also about devices that lack facts', async (t) => {
  const counts = { yes: 0, no: 0 };
  fc.assert(
    fc.property(join(fc.oneof(plainLeaf, ownLeaf)), gappy, labels, (sample, values, labels) => {
      const facts: Facts = { values, labels };
      const said = compileExpression(sample.text, { for: 'server' }).evaluate(facts);
      counts[said ? 'yes' : 'no']++;
      return said === sample.says(facts);
    }),
    { numRuns: 1_500 },
  );
  t.ok(counts.yes > 100 && counts.no > 100, 'both answers were met');
});

/** The table as cel-js declares it, with what stands in for the functions that CEL does not have. */
function declare(): Environment {
  const environment = new Environment();
  const dotted = new Map<string, Record<string, string>>();
  for (const { name, type } of listFacts()) {
    const [first = '', second] = name.split('.');
    const celType = type === 'timestamp' ? 'google.protobuf.Timestamp' : type;
    if (second === undefined) environment.registerVariable(first, celType);
    else dotted.set(first, { ...dotted.get(first), [second]: celType });
  }
  for (const [name, schema] of dotted) environment.registerVariable({ name, schema });
  return environment
    .registerFunction('label(string): string', () => '')
    .registerFunction('seen(string): bool', () => true);
}

const declared = declare();

/** Facts as cel-js wants them: objects for dots, BigInt for numbers. */
function nest(values: Facts['values']): Record<string, unknown> {
  const nested: Record<string, unknown> = { os: {}, cpu: {}, memory: {} };
  for (const [name, value] of Object.entries(values)) {
    const [first = '', second] = name.split('.');
    const converted = typeof value === 'number' ? BigInt(value) : value;
    if (second === undefined) nested[first] = converted;
    else nested[first] = { ...(nested[first] as object), [second]: converted };
  }
  return nested;
}

t.test('about a device that lacks nothing, cel-js says the same', async () => {
  fc.assert(
    fc.property(join(plainLeaf), complete, ({ text }, values) => {
      const ours = compileExpression(text, { for: 'device' }).evaluate({ values });
      return ours === declared.evaluate(text, nest(values));
    }),
    { numRuns: 500 },
  );
});

const tokens = [
  ...[
    'os.name',
    'os',
    'cpu.count',
    'virtual',
    'state',
    'seen_at',
    'constructor',
    '__proto__',
    'x',
    'os.name.x',
  ],
  ...['==', '!=', '<', '>=', 'in', '&&', '||', '!', '?', ':', '+', '-', '*', '/', '%', '.', ',', '='],
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '"a"',
    "'active'",
    '"',
    '1',
    '0',
    '2.5',
    '7u',
    'b"a"',
    'r"\\d"',
    'null',
    'true',
  ],
  ...['has(os.name)', 'has(', 'label("env")', 'seen("7d")', 'label(', '.matches("a")', '.contains("a")'],
  ...['.lowerAscii()', '.exists(x, x)', '["a", "b"]', '[1, 2]', 'cel.bind(', '\n', '//', '\u202e', '\\'],
];
const soup = fc.array(fc.constantFrom(...tokens), { maxLength: 9 }).map((parts) => parts.join(' '));
const operands = [
  'os.name',
  'cpu.count',
  'virtual',
  '"a"',
  '1',
  '(2 + 3)',
  '["a"]',
  'has(os.name)',
  '!virtual',
  'true',
];
const operators = ['==', '!=', '<', 'in', '&&', '||', '+'];
/** Operands and operators in turn: right in form, seldom in type. */
const chain = fc
  .array(fc.tuple(fc.constantFrom(...operands), fc.constantFrom(...operators)), {
    minLength: 1,
    maxLength: 4,
  })
  .map((pairs) => pairs.flat().slice(0, -1).join(' '));

/** Nothing but the agreed error may come out of reading a text. */
function tryCompile(text: string): Expression | null {
  try {
    return compileExpression(text, { for: 'server' });
  } catch (error) {
    if (isMusterError(error, 'E_EXPRESSION') && /^[^\n]+\.\n\d+:\d+ \| .*\n *\^$/.test(error.message))
      return null;
    throw error;
  }
}

t.test(
  'nonsense is refused in words; what is accepted is CEL and can judge whatever a device says',
  async (t) => {
    const counts = { accepted: 0, refused: 0 };
    const anything = fc.dictionary(fc.constantFrom(...names, 'seen_at', 'state', '__proto__'), fc.anything());
    fc.assert(
      fc.property(fc.oneof(soup, chain, fc.string({ unit: 'binary' })), anything, (text, junk) => {
        const expression = tryCompile(text);
        counts[expression === null ? 'refused' : 'accepted']++;
        if (expression === null) return true;
        const said = expression.evaluate({
          values: junk as Facts['values'],
          labels: junk as Record<string, string>,
        });
        // CEL's has() takes dotted names only.
        const isCel = /has\( (virtual|state|seen_at) \)/.test(text) || declared.check(text).type === 'bool';
        return typeof said === 'boolean' && isCel;
      }),
      { numRuns: 5_000 },
    );
    t.ok(counts.accepted > 200 && counts.refused > 500, 'both were met');
  },
);
