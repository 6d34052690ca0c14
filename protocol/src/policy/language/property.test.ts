// Properties of expressions: random ones against an oracle of a few lines and against cel-js itself; random nonsense is refused in words.
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import t from 'tap';
import { isMusterError } from '../../errors.ts';
import { formatAddress, joinAddresses, parseAddress } from './address.ts';
import {
  compileExpression,
  type Explained,
  type Expression,
  explainExpression,
  type Facts,
  formatPredicate,
  listFacts,
} from './index.ts';
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

/** Addresses near the ends of some subnets, and what is none. */
const addressTexts = [
  ...['10.0.0.0', '10.255.255.255', '11.0.0.0', '192.168.7.127', '192.168.7.128', '0.0.0.0'],
  ...['255.255.255.255', '2001:db8::', '2001:db8:ffff::1', '2001:db9::', 'fe80::1', 'fe80::ff:1', '::'],
];
const addressText = fc.constantFrom(...addressTexts, 'nowhere', '10.0.0', '10.0.0.0.1', '1:2', '');
const addressFact = fc.array(addressText, { maxLength: 5 }).map((texts) => texts.join(' '));
const subnets = [
  ...['10.0.0.0/8', '10.0.0.0/9', '192.168.7.128/25', '192.168.7.128/32', '0.0.0.0/0', '0.0.0.0/1'],
  ...['2001:db8::/32', '2001:db8:8000::/33', 'fe80::/10', 'fe80::1/128', '::/0', 'fe80::/111'],
];

/** By node itself. */
function liesWithin(addresses: string, subnet: string): boolean {
  const [network = '', length] = subnet.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(length), isIPv4(network) ? 'ipv4' : 'ipv6');
  return addresses
    .split(' ')
    .filter((address) => addressTexts.includes(address))
    .some(
      (address) =>
        isIPv4(address) === isIPv4(network) && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6'),
    );
}

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
  fc.constantFrom(...subnets).map((subnet) => ({
    text: `within("${subnet}")`,
    says: onText('addresses', (value) => liesWithin(value, subnet)),
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
  if (name === 'addresses') return addressFact;
  return textNames.some((known) => known === name) ? word : fc.constantFrom(...numbers);
};
const names = [...textNames, ...numberNames, 'virtual', 'addresses'];
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

const celTypes: Readonly<Record<string, string>> = {
  timestamp: 'google.protobuf.Timestamp',
  addresses: 'string',
};

/** The table as cel-js declares it, with what stands in for the functions that CEL does not have. */
function declare(): Environment {
  const environment = new Environment();
  const dotted = new Map<string, Record<string, string>>();
  for (const { name, type } of listFacts()) {
    const [first = '', second] = name.split('.');
    const celType = celTypes[type] ?? type;
    if (second === undefined) environment.registerVariable(first, celType);
    else dotted.set(first, { ...dotted.get(first), [second]: celType });
  }
  for (const [name, schema] of dotted) environment.registerVariable({ name, schema });
  return environment
    .registerFunction('label(string): string', () => '')
    .registerFunction('within(string): bool', () => true)
    .registerFunction('group(string): bool', () => true)
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

/** What the joins of an explanation make of their parts. */
function conclude({ kind, parts, holds }: Explained): boolean {
  if (kind === 'leaf') return holds;
  const answers = parts.map(conclude);
  if (kind === 'not') return answers[0] === false;
  return kind === 'all' ? !answers.includes(false) : answers.includes(true);
}

t.test('an address is read as every writer means it, and written in the one short form', async (t) => {
  // The URL parser writes IPv6 as RFC 5952 wants it, and IPv4 at the end in hexadecimal.
  const canonical = (text: string) => new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const group = fc.oneof(fc.constant(0), fc.nat({ max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const plain = groups.map((one) => one.toString(16).toUpperCase().padStart(4, '0')).join(':');
      const address = parseAddress(plain);
      if (address?.length !== 8) return address?.length === 2;
      const short = formatAddress(address);
      return short === canonical(plain) && String(parseAddress(short)) === String(groups);
    }),
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:.]{0,20}$/), fc.ipV6(), fc.ipV4()),
      (text) => {
        const isAddress = isIPv4(text) || isIPv6(text);
        return text.includes('%') || (parseAddress(text) !== null) === isAddress;
      },
    ),
    { numRuns: 2_000 },
  );
  t.same(
    joinAddresses([
      '::1',
      'fe80::1%eth0',
      '127.0.0.2',
      '::ffff:10.0.0.5',
      '10.0.0.5',
      '10.0.0.10',
      'x',
      'FE80:0::1',
    ]),
    '10.0.0.5 10.0.0.10 fe80::1',
  );
  t.equal(joinAddresses(['127.0.0.1']), null);
  const many = joinAddresses(
    Array.from({ length: 300 }, (_, at) => `2001:db8:1111:2222:3333:4444:5555:${(0x1000 + at).toString(16)}`),
  );
  t.ok(
    (many ?? '').split(' ').length === 100 && (many ?? '').length <= 4_096,
    'a long list is cut, and still a fact',
  );
});

t.test('an expression written anew means the same, and its explanation says what it says', async (t) => {
  fc.assert(
    fc.property(join(fc.oneof(plainLeaf, ownLeaf)), gappy, ({ text }, values) => {
      const { tree, evaluate } = compileExpression(text, { for: 'server' });
      const written = formatPredicate(tree);
      // Brackets around each part may make it longer than what may be read again.
      if (written.length <= MAX_EXPRESSION_CHARS)
        t.same(compileExpression(written, { for: 'server' }).tree, tree, written);
      const facts = { values };
      const explained = explainExpression(tree, facts);
      return explained.holds === evaluate(facts) && conclude(explained) === explained.holds;
    }),
  );
});

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
  ...[
    'has(os.name)',
    'has(',
    'label("env")',
    'seen("7d")',
    'within("10.0.0.0/8")',
    'group("web")',
    'addresses',
    'label(',
    '.matches("a")',
    '.contains("a")',
  ],
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
/** Chains twice as often: of the others hardly one is accepted, and by chance too few would be to prove anything. */
const mostlyChains = fc.oneof(
  { weight: 1, arbitrary: soup },
  { weight: 2, arbitrary: chain },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

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
      fc.property(mostlyChains, anything, (text, junk) => {
        const expression = tryCompile(text);
        counts[expression === null ? 'refused' : 'accepted']++;
        if (expression === null) return true;
        const said = expression.evaluate({
          values: junk as Facts['values'],
          labels: junk as Record<string, string>,
        });
        // CEL's has() takes dotted names only.
        const isCel =
          /has\( (virtual|state|seen_at|addresses) \)/.test(text) || declared.check(text).type === 'bool';
        return typeof said === 'boolean' && isCel;
      }),
      { numRuns: 5_000 },
    );
    t.ok(counts.accepted > 200 && counts.refused > 500, 'both were met');
  },
);
