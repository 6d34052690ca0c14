// Bytes, base64url and bounded JSON: published vectors, round trips, and everything that must be refused.
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { isMusterError } from '../errors.ts';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import {
  concatBytes,
  decodeHex,
  decodeUtf8,
  encodeBase32,
  encodeHex,
  encodeU32,
  encodeU64,
  encodeUtf8,
  equalBytes,
} from './bytes.ts';
import { parseJson, parseStrict } from './strict-json.ts';

const anyBytes = fc.uint8Array({ maxLength: 100 });
const limits = { maxBytes: 4096, maxDepth: 8 };

/** The code a call is refused with; undefined where it succeeds. Other errors are bugs and pass through. */
function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (isMusterError(error)) return error.code;
    throw error;
  }
}

/** One refusal, or with `undefined` one success. */
function expectCode(t: Test, code: string | undefined, what: string, run: () => unknown): void {
  t.equal(codeOf(run), code, what);
}

t.test('hex is what the platform writes, and reads back lower case only', async (t) => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const hex = encodeHex(bytes);
      return hex === Buffer.from(bytes).toString('hex') && Buffer.compare(decodeHex(hex), bytes) === 0;
    }),
  );
  for (const bad of ['A0', '0', '0g', ' 00', '00 ', '0x00', '00\n']) {
    expectCode(t, 'E_SHAPE', JSON.stringify(bad), () => decodeHex(bad));
  }
});

t.test('base32 gives the vectors of RFC 4648 section 10, in lower case and unpadded', async (t) => {
  const vectors = {
    '': '',
    f: 'my',
    fo: 'mzxq',
    foo: 'mzxw6',
    foob: 'mzxw6yq',
    fooba: 'mzxw6ytb',
    foobar: 'mzxw6ytboi',
  };
  for (const [text, expected] of Object.entries(vectors)) t.equal(encodeBase32(encodeUtf8(text)), expected);
  t.equal(encodeBase32(new Uint8Array(16).fill(255)), `${'7'.repeat(25)}4`, '128 bits are 26 characters');
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      // The same by arithmetic: the bytes as one number, five bits at a time.
      const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      const groups = bits.match(/.{1,5}/g) ?? [];
      const values = groups.map((group) => Number.parseInt(group.padEnd(5, '0'), 2));
      return (
        encodeBase32(bytes) ===
        values.map((value) => 'abcdefghijklmnopqrstuvwxyz234567'.charAt(value)).join('')
      );
    }),
  );
});

t.test('equal compares contents and lengths', async (t) => {
  t.ok(equalBytes(new Uint8Array(), new Uint8Array()));
  t.notOk(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0)), 'a trailing zero is a difference');
  t.notOk(equalBytes(Uint8Array.of(1, 0), Uint8Array.of(1)), 'the other way round too');
  t.notOk(equalBytes(Uint8Array.of(3), Uint8Array.of(3, 1)), 'lengths cannot cancel contents out');
  fc.assert(
    fc.property(anyBytes, anyBytes, (a, b) => {
      return equalBytes(a, b) === (Buffer.compare(a, b) === 0) && equalBytes(a, a.slice());
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (a, at) => {
      const b = a.map((byte, index) => (index === at % a.length ? byte ^ (1 << (at % 8)) : byte));
      return !equalBytes(a, b);
    }),
  );
});

t.test('concatenation keeps order and does not alias its parts', async (t) => {
  const part = Uint8Array.of(1, 2);
  const whole = concatBytes([part, new Uint8Array(), Uint8Array.of(3)]);
  part[0] = 9;
  t.same([...whole], [1, 2, 3]);
  t.same(concatBytes([]), new Uint8Array());
});

t.test('integers are big-endian and refused outside their range', async (t) => {
  t.equal(encodeHex(encodeU32(0x01020304)), '01020304');
  t.equal(encodeHex(encodeU32(0xffff_ffff)), 'ffffffff');
  t.equal(encodeHex(encodeU32(0)), '00000000');
  for (const bad of [-1, 0x1_0000_0000, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expectCode(t, 'E_RANGE', String(bad), () => encodeU32(bad));
  }
  t.equal(encodeHex(encodeU64(0x0102030405060708n)), '0102030405060708');
  t.equal(encodeHex(encodeU64(2n ** 64n - 1n)), 'ffffffffffffffff');
  t.equal(encodeHex(encodeU64(Number.MAX_SAFE_INTEGER)), '001fffffffffffff');
  for (const bad of [-1, -1n, 2n ** 64n, Number.MAX_SAFE_INTEGER + 1, 0.5, Number.NaN]) {
    expectCode(t, 'E_RANGE', String(bad), () => encodeU64(bad));
  }
});

t.test('UTF-8 is exact in both directions', async (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => decodeUtf8(encodeUtf8(text)) === text));
  t.equal(
    decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)),
    '\ufeffa',
    'a byte order mark stays in the text',
  );
  expectCode(t, 'E_SHAPE', 'a lone surrogate', () => encodeUtf8('a\ud800b'));
  // Bare continuation, overlong, encoded surrogate, above U+10FFFF, cut short.
  for (const bad of ['80', 'c0af', 'eda080', 'f4908080', 'e282']) {
    expectCode(t, 'E_SHAPE', bad, () => decodeUtf8(decodeHex(bad)));
  }
});

t.test('base64url gives the vectors of RFC 4648 section 10, unpadded', async (t) => {
  const vectors = {
    '': '',
    f: 'Zg',
    fo: 'Zm8',
    foo: 'Zm9v',
    foob: 'Zm9vYg',
    fooba: 'Zm9vYmE',
    foobar: 'Zm9vYmFy',
  };
  for (const [text, expected] of Object.entries(vectors))
    t.equal(encodeBase64url(encodeUtf8(text)), expected);
  t.equal(
    encodeBase64url(Uint8Array.of(0xfb, 0xff, 0xfe)),
    '-__-',
    'the two characters that base64 has otherwise',
  );
});

t.test('base64url round-trips, and accepts exactly what it would write', async (t) => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const text = encodeBase64url(bytes);
      return (
        text === Buffer.from(bytes).toString('base64url') &&
        Buffer.compare(decodeBase64url(text), bytes) === 0
      );
    }),
  );
  // Oracle: the lenient platform decoder, then its encoder; only a fixed point is clean.
  const nearBase64 = fc.string({
    unit: fc.constantFrom(
      ...'ABCDwxyz0189-_',
      '+',
      '/',
      '=',
      ' ',
      '\n',
      'é',
      '\u0141',
      '\ud800',
      '\u0000',
      '\u007f',
    ),
    maxLength: 9,
  });
  fc.assert(
    fc.property(nearBase64, (text) => {
      const clean = Buffer.from(text, 'base64url').toString('base64url') === text;
      return codeOf(() => decodeBase64url(text)) === (clean ? undefined : 'E_B64');
    }),
    { numRuns: 3000 },
  );
  for (const bad of [
    'Zh',
    'Zm9',
    'A',
    'Zg==',
    'Zg=',
    'Zm8=',
    'Z g',
    ' Zg',
    'Zg\n',
    'ab+/',
    'A\u0141AA',
    'Zm9vY',
  ]) {
    expectCode(t, 'E_B64', JSON.stringify(bad), () => decodeBase64url(bad));
  }
});

/** Deepest nesting, the slow and obvious way. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** True where a key is `__proto__` or a text is not well-formed. */
function isForbidden(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, item]) => key === '__proto__' || !key.isWellFormed() || isForbidden(item),
  );
}

/** What strict JSON is, by definition. */
function isStrict(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text && depthOf(value) <= limits.maxDepth && !isForbidden(value);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

t.test(
  'strict JSON accepts a text if and only if it is its own serialization, bounded and well-formed',
  async (t) => {
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'toString', '1', '0', '"', '\\u', '\ud83d'),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 10, depthSize: 'large' },
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom('\ud800', '[[[[[[[[[{', '"\\'),
          fc.double(),
          fc.boolean(),
          fc.constant(null),
        ),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    const text = value.map((item) => JSON.stringify(item));
    const mutated = fc
      .tuple(
        text,
        fc.nat(),
        fc.constantFrom(
          '',
          ' ',
          '0',
          '1',
          '"',
          '\\',
          '\\u0061',
          '\\ud83d',
          '{',
          ']',
          ',',
          '-',
          'e',
          '.',
          '\t',
          '__proto__',
        ),
      )
      .map(
        ([whole, at, piece]) =>
          whole.slice(0, at % (whole.length + 1)) + piece + whole.slice(at % (whole.length + 1)),
      );
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(text, mutated), (candidate) => {
        const strict = isStrict(candidate);
        if (strict) accepted++;
        else refused++;
        const code = codeOf(() => parseStrict(candidate, { ...limits, maxBytes: 1_000_000 }));
        return code === (strict ? undefined : 'E_CANON');
      }),
      { numRuns: 3000 },
    );
    t.ok(accepted > 300 && refused > 300, 'both answers were really exercised');
  },
);

t.test('strict JSON refuses each second spelling', async (t) => {
  const bad = {
    'a repeated key': '{"a":1,"a":2}',
    'a space': '{"a": 1}',
    'a trailing newline': '{}\n',
    'a byte order mark': '\ufeff{}',
    'a fraction that is none': '1.0',
    'minus zero': '-0',
    'an exponent': '1e2',
    'a number too large': '1e400',
    'a number that loses digits': '9007199254740993',
    'a needless escape': '"\\u0061"',
    'an escaped slash': '"\\/"',
    'an upper-case escape': '"\\u001F"',
    'integer-like keys out of order': '{"2":0,"1":0}',
    'a lone surrogate, escaped': '"\\ud800"',
    'a lone surrogate in a key': '{"\\udfff":0}',
    'a lone surrogate, raw': '"\ud800"',
    'a key that names the prototype': '{"__proto__":0}',
    'the same one level down': '[{"__proto__":{"a":1}}]',
    'a cut text': '{"a":',
    nothing: '',
    'two values': '1 2',
  };
  for (const [what, text] of Object.entries(bad)) {
    expectCode(t, 'E_CANON', what, () => parseStrict(text, limits));
  }
  t.same(parseStrict('{"b":"\\\\ud800 __proto__","a":[1.5,"é","😀","\\u0000"]}', limits), {
    b: '\\ud800 __proto__',
    a: [1.5, 'é', '😀', '\u0000'],
  });
  t.equal(parseStrict('1e+21', limits), 1e21, 'the exponent JSON.stringify itself writes');
});

t.test('depth is bounded before anything is parsed, and brackets in texts do not count', async (t) => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  t.same(parseStrict(nested(8), limits), [[[[[[[[]]]]]]]]);
  expectCode(t, 'E_CANON', 'refused', () => parseStrict(nested(9), limits));
  expectCode(t, 'E_SHAPE', 'refused', () => parseJson('{"a":'.repeat(9), limits));
  expectCode(t, undefined, 'accepted', () => parseJson(`${'{"a":'.repeat(8)}1${'}'.repeat(8)}`, limits));
  const wide = { ...limits, maxBytes: 1_000_000 };
  expectCode(t, 'E_SHAPE', 'no recursion to overflow', () => parseJson(nested(200_000), wide));
  t.equal(parseStrict(JSON.stringify('[{'.repeat(50)), limits), '[{'.repeat(50));
  t.equal(
    parseStrict(JSON.stringify('"[{'.repeat(50)), limits),
    '"[{'.repeat(50),
    'an escaped quote ends no text',
  );
  t.equal(parseStrict(JSON.stringify('\\'), limits), '\\', 'an escaped backslash hides no quote');
  expectCode(t, 'E_CANON', 'nor what follows it', () => parseStrict(`["\\\\",${nested(8)}]`, limits));
  expectCode(t, 'E_CANON', 'a closing bracket in a text closes nothing', () =>
    parseStrict(`["]}]}]}",${nested(8)}]`, limits),
  );
  t.same(
    parseStrict(`[${nested(7)},${nested(7)}]`, limits),
    [[[[[[[[]]]]]]], [[[[[[[]]]]]]]],
    'siblings do not add up',
  );
});

t.test('size is counted in bytes of UTF-8, at the limit and one above', async (t) => {
  const small = { maxBytes: 10, maxDepth: 8 };
  for (const text of ['"12345678"', '"éééé"', '"😀😀"']) {
    expectCode(t, undefined, `${text} is 10 bytes`, () => parseStrict(text, small));
    expectCode(t, 'E_SIZE', `${text} is more than 9`, () => parseStrict(text, { ...small, maxBytes: 9 }));
    expectCode(t, undefined, `${text} as bytes`, () => parseStrict(encodeUtf8(text), small));
    expectCode(t, 'E_SIZE', `${text} as bytes, too many`, () =>
      parseJson(encodeUtf8(text), { ...small, maxBytes: 9 }),
    );
  }
  expectCode(t, 'E_SIZE', 'a lone surrogate counts three', () =>
    parseJson('"\ud800\ud800\ud800"', { ...small, maxBytes: 10 }),
  );
});

t.test('bytes that are no UTF-8, or begin with a byte order mark, are no JSON', async (t) => {
  for (const hex of ['22ff22', 'efbbbf7b7d', '22eda08022']) {
    expectCode(t, 'E_CANON', hex, () => parseStrict(decodeHex(hex), limits));
    expectCode(t, 'E_SHAPE', hex, () => parseJson(decodeHex(hex), limits));
  }
  t.same(parseStrict(encodeUtf8('{"a":"é"}'), limits), { a: 'é' });
});

t.test('messages may be spelled any way, but never name the prototype', async (t) => {
  t.same(parseJson(' {"a" : 1.0, "a": "\\u0061"}\n', limits), { a: 'a' });
  t.equal(parseJson('"cut \\ud83d"', limits), 'cut \ud83d', 'a text cut inside a pair still arrives');
  for (const text of [
    '{"__proto__":{"x":1}}',
    '{"\\u005f_proto__":1}',
    '[[{"a":{"__proto__":null}}]]',
    '{',
    'NaN',
    '{a:1}',
    '',
  ]) {
    expectCode(t, 'E_SHAPE', text, () => parseJson(text, limits));
  }
  t.equal(parseJson('"__proto__"', limits), '__proto__', 'as a value it is a text like any other');
});
