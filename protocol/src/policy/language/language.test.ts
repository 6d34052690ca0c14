// Tests what expressions accept, what they refuse and in which words, and what they mean on devices that lack facts.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { isMusterError } from '../../errors.ts';
import {
  compileExpression,
  deriveFacts,
  explainExpression,
  type Facts,
  findFamily,
  fitsSoftware,
  formatPredicate,
  type Judge,
  listFacts,
  type SoftwareAsked,
} from './index.ts';
import { MAX_EXPRESSION_CHARS, MAX_EXPRESSION_PARTS } from './limits.ts';
import { readVersionKey } from './version.ts';

/** The detail of the refusal; fails the test's expectation by its text when there was none. */
function refusal(text: string, judge: Judge = 'server'): string {
  try {
    compileExpression(text, { for: judge });
  } catch (error) {
    if (isMusterError(error, 'E_EXPRESSION')) return error.message;
    throw error;
  }
  return `accepted: ${text.slice(0, 80)}`;
}

const sentence = (text: string) => refusal(text).split('\n')[0];

function holds(text: string, facts: Facts['values'] = {}, more: Omit<Facts, 'values'> = {}): boolean {
  return compileExpression(text, { for: 'server' }).evaluate({ values: facts, ...more });
}

t.test('a wrong expression is refused with a sentence, its place, and a caret', async (t) => {
  t.equal(
    refusal('os.famly == "debian"'),
    'There is no fact "os.famly"; perhaps "os.family" is meant.\n1:1 | os.famly == "debian"\n      ^',
  );
  t.equal(
    refusal('arch == "x86_64" &&\n\t cpu.count == "4"'),
    'cpu.count, which is a number, cannot be compared with a text.\n2:3 |   cpu.count == "4"\n        ^',
  );
  t.equal(
    refusal('(os.name == "debian"'),
    'The expression ends before its ")".\n1:21 | (os.name == "debian"\n                           ^',
  );
  t.equal(
    refusal('os.name == "😀" && os.name.matches("deb.*")'),
    'Regular expressions are not offered; use startsWith, endsWith, contains or in.\n' +
      '1:19 | os.name == "😀" && os.name.matches("deb.*")\n                         ^',
  );
  const long = refusal(`${'virtual && '.repeat(40)}x`).split('\n');
  t.equal(long[1]?.length, '1:441 | '.length + 37, 'a long line is cut around the place');
  t.equal(long[2]?.length, '1:441 | '.length + 37);
});

t.test('each mistake has its own words', async (t) => {
  const expected: Record<string, string> = {
    '': 'The expression is empty.',
    ' \n ': 'The expression is empty.',
    '// only a remark': 'The expression ends where a value is missing.',
    'os.name ==': 'The expression ends where a value is missing.',
    'os.name == )': 'A value is missing here, before ")".',
    'os. == 1': 'A name is missing behind the dot.',
    'os.name in ["a" "b"]': 'A "]" is missing here.',
    'os.name = "a"': '"=" has no meaning here; compare with ==.',
    'virtual & virtual': '"&" has no meaning here; write && for "and".',
    'virtual | virtual': '"|" has no meaning here; write || for "or".',
    'virtual "b"': 'The expression should end before "b"; an operator such as && may be missing.',
    'os.name == "a': 'A text is not closed by its quotation mark.',
    '0x == 1': 'This is no number.',
    'cpu.count == 1.5': 'Numbers are whole here.',
    'cpu.count == 4u': 'Constants are texts, whole numbers, true and false here.',
    'cpu.count < 9007199254740992': 'The number lies outside ±9007199254740991.',
    'cpu.count == 1 / 0': 'This divides by zero.',
    'memory.bytes / 2 > 1': 'Arithmetic works on constant numbers only.',
    'os.name == null': 'There is no null here; has(os.name) says whether a fact is there.',
    'os == "debian"': '"os" is no fact by itself; name one of os.family, os.name, os.version, os.codename.',
    'family == "debian"': 'There is no fact "family"; perhaps "os.family" is meant.',
    'label == "a"': '"label" is a function; write it as label("…").',
    'lable("a") == "b"': 'There is no function "lable"; perhaps "label" is meant.',
    'os.name.startWith("a")': 'There is no function "startWith"; perhaps "startsWith" is meant.',
    'os.name.startsWith()': 'startsWith takes one text, as os.name.startsWith("deb").',
    'cpu.count.contains("4")': 'contains works on texts, and this is a number.',
    'os["name"] == "a"': 'Square brackets choose nothing here; write a fact with dots, as os.name.',
    'software("")': 'No package can have such a name: 1 to 255 characters.',
    'software("openssl") == true':
      'What is true or false already cannot be compared again; join it with && or ||.',
    'software("openssl").version':
      'The version of a package is compared with a constant text, as software("openssl").version < "3.0.14".',
    'software("openssl").version < version("3.0")':
      'The version of a package is compared with a constant text, as software("openssl").version < "3.0.14".',
    'software("a").version == software("b").version':
      'The version of a package is compared with a constant text, as software("openssl").version < "3.0.14".',
    'software("openssl").version in ["3.0"]':
      'The version of a package is compared with a constant text, as software("openssl").version < "3.0.14".',
    'software("openssl").version < ""': 'No version is such a text: 1 to 256 characters.',
    'software("openssl").vendor == "x"': 'A dot stands between the words of a fact only, as in os.name.',
    'software(hostname).version < "1"': 'software takes one constant text, as software("openssl").',
    [Array.from({ length: 17 }, (_, at) => `software("p${at}")`).join(' || ')]:
      'An expression asks at most 16 different things about packages.',
    'software("a\\u0000b")': 'A control character stands here; no name or version has one.',
    'software("a").version < "\\x00"': 'A control character stands here; no name or version has one.',
    'group("")': 'No group can have such a name: 1 to 64 characters.',
    'group(hostname)': 'group takes one constant text, as group("web").',
    'gruop("a")': 'There is no function "gruop"; perhaps "group" is meant.',
    'group("a") == true': 'What is true or false already cannot be compared again; join it with && or ||.',
    '{"a": 1}': 'Maps are not offered here.',
    'virtual ? true : false': 'The form "? :" is not offered here; write it with && and ||.',
    '["a"]': 'A list stands behind "in" only.',
    '["a"].exists(x, x == os.name)': 'Loops as "exists" are not offered here.',
    '["a"].map(1, 2)': 'Loops and bindings are not offered here.',
    'os.name in arch': 'A list of constants must follow "in", as ["a", "b"].',
    'os.name in [arch]': 'A list holds constants only.',
    'os.name in ["a", 1]': 'os.name, which is a text, cannot be compared with a number.',
    '!os.name == "a"': 'Brackets are missing behind the "!", as in !(os.name == "debian").',
    '(arch == "a") == virtual':
      'What is true or false already cannot be compared again; join it with && or ||.',
    'os.version < "12"': 'Texts have no order; compare versions with version("…") on both sides.',
    'virtual > false': 'True and false have no order.',
    'virtual && cpu.count':
      'cpu.count, which is a number, stands where something true or false is needed; compare it.',
    'version(os.version) < "12"':
      'version(os.version), which is a version, cannot be compared with a text; write version("…") around the text.',
    'version("bookworm") < version(os.version)': 'This is no version: it does not begin with a number.',
    'enrolled_at < timestamp("2026-02-30")': 'This is no time; write it as "2026-01-31T00:00:00Z".',
    'enrolled_at < timestamp("2026-02-30T00:00:00Z")': 'This is no time; write it as "2026-01-31T00:00:00Z".',
    [`${'x'.repeat(99)} == 1`]: `There is no fact "${'x'.repeat(36)}…".`,
    'state == "\\n\\u202e"': 'state is never "??"; state is one of pending, active, quarantined, retired.',
    'virtual """a\nb"""':
      'The expression should end before """a?b"""; an operator such as && may be missing.',
    'has(1)': 'has takes the name of one fact, as has(os.name).',
    'label(arch) == "a"': 'label takes one constant text, as label("env").',
    'label("Env") == "a"': 'No label can have such a name: a to z, 0 to 9, _ . - only.',
    'within("10.0.0.0")': 'A subnet has a length; for this address alone write "10.0.0.0/32".',
    'within("fe80::1%eth0/64")': 'This is no subnet; write it as "10.0.0.0/8" or "2001:db8::/32".',
    'within("10.0.0.0/33")': 'This is no subnet; write it as "10.0.0.0/8" or "2001:db8::/32".',
    'within("::ffff:10.0.0.0/104")': 'This is no subnet; write it as "10.0.0.0/8" or "2001:db8::/32".',
    'within("10.1.2.3/8")':
      'The address lies within the subnet and is not its first; perhaps "10.0.0.0/8" is meant.',
    'within("2001:DB8::1/127")':
      'The address lies within the subnet and is not its first; perhaps "2001:db8::/127" is meant.',
    'within(hostname)': 'within takes one constant text, as within("10.0.0.0/8").',
    'within("10.0.0.0/8") == true':
      'What is true or false already cannot be compared again; join it with && or ||.',
    'addresses == addresses': 'Addresses are not compared; ask within("10.0.0.0/8") or has(addresses).',
    'addresses == "10.0.0.1"': 'addresses, which is a list of addresses, cannot be compared with a text.',
    'addresses.contains("10.")': 'contains works on texts, and this is a list of addresses.',
    'wihtin("10.0.0.0/8")': 'There is no function "wihtin"; perhaps "within" is meant.',
    'seen("7w")': 'This is no span; write minutes, hours or days, as "30m", "12h" or "7d".',
    'state == "online"':
      'state is never "online", but presence may be; state is one of pending, active, quarantined, retired.',
    'presence in ["offlin"]':
      'presence is never "offlin"; perhaps "offline" is meant; presence is one of online, offline, missing, never.',
    'os.name == "a\u202e"': 'A character cannot be seen or told apart here; write it as the escape \\u202E.',
    'os.name == "\u{e0041}"':
      'A character cannot be seen or told apart here; write it as the escape \\U000E0041.',
  };
  for (const [text, words] of Object.entries(expected)) t.equal(sentence(text), words, text);
});

t.test('names of objects in JavaScript are no facts, no functions and no labels', async (t) => {
  for (const name of [
    'constructor',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'os.constructor',
    'os.__proto__',
  ]) {
    t.match(sentence(`${name} == "a"`), /^There is no fact/, name);
    t.match(sentence(`has(${name})`), /^There is no fact/, name);
  }
  t.match(sentence('__proto__ == 1'), /reserved/);
  t.match(sentence('toString() == "a"'), /^There is no function/);
  t.match(sentence('arch.constructor("a") == "b"'), /^There is no function/);
  t.ok(holds('label("constructor") == "" && label("tostring") == ""', {}, { labels: {} }));
  t.notOk(holds('has(os.name) || has(virtual)', Object.create({ 'os.name': 'debian', virtual: true })));
});

t.test('what is too long, too deep or too much is refused before it costs anything', async (t) => {
  t.equal(sentence('a'.repeat(100_000)), 'The expression is longer than 2048 characters.');
  t.equal(
    sentence(`${'('.repeat(10_000)}true${')'.repeat(10_000)}`),
    'The expression is longer than 2048 characters.',
  );
  t.equal(
    sentence(`${'('.repeat(1_000)}true${')'.repeat(1_000)}`),
    'The expression is nested deeper than 32 levels.',
  );
  t.equal(sentence(`a${'.a'.repeat(1_000)}`), 'The expression is nested deeper than 32 levels.');
  t.equal(sentence(`${'!'.repeat(2_000)}true`), 'The expression has more than 512 parts.');
  t.equal(sentence(`cpu.count == ${'-'.repeat(2_000)}1`), 'The expression has more than 512 parts.');
  t.match(sentence(`virtual${'||virtual'.repeat(220)}`), /^accepted/, 'wide is not deep');
  t.equal(sentence(`cpu.count in [${'1,'.repeat(300)}1]`), 'The list has more than 256 elements.');
  t.equal(sentence('label("a", "b", "c", "d", "e") == ""'), 'No function takes more than 4 values.');
  t.notOk(holds(`${'!'.repeat(501)}true`), 'deep, but within the bounds');
});

t.test('a judgement reads at most one fact for each part, also in the longest expression', async (t) => {
  const part = 'os.name.contains("a")&&';
  const text = `${part.repeat(Math.floor(MAX_EXPRESSION_CHARS / part.length) - 1)}true`;
  let reads = 0;
  const values = new Proxy(
    { 'os.name': 'a'.repeat(4_096) },
    {
      get(target, name) {
        reads++;
        return Reflect.get(target, name);
      },
    },
  );
  t.ok(compileExpression(text, { for: 'device' }).evaluate({ values }));
  t.equal(reads, Math.floor(MAX_EXPRESSION_CHARS / part.length) - 1);
  t.ok(reads <= MAX_EXPRESSION_PARTS);
  t.notOk(
    holds('os.name.contains("a")', { 'os.name': 'a'.repeat(4_097) }),
    'a longer value counts as absent',
  );
});

t.test('a device may not be asked what only the server knows', async (t) => {
  const reasons: Record<string, string> = {
    'label("env") == "prod"':
      'A device cannot judge "label" by itself: labels are kept by the server and stand in no signed document.',
    'seen("7d")': 'A device cannot judge "seen" by itself: the server sees who is connected.',
    'within("10.0.0.0/8")':
      'A device cannot judge "within" by itself: what judges commands on a device has no network and sees no addresses.',
    'software("openssl").version < "3.0.14"':
      'A device cannot judge "software" by itself: packages are looked up in the inventory that the server has.',
    'group("web")':
      'A device cannot judge "group" by itself: groups are kept by the server and stand in no signed document.',
    'state == "active"': 'A device cannot judge "state" by itself: admins decide it on the server.',
    '!has(presence)': 'A device cannot judge "presence" by itself: the server sees who is connected.',
    'enrolled_at > seen_at': 'A device cannot judge "enrolled_at" by itself: the server keeps that time.',
  };
  for (const [text, reason] of Object.entries(reasons)) {
    t.equal(refusal(text, 'device').split('\n')[0], reason, text);
    t.equal(compileExpression(text, { for: 'server' }).isDeviceOnly, false, text);
  }
  for (const { name, source, type } of listFacts()) {
    const isRefused = refusal(`has(${name})`, 'device').startsWith(`A device cannot judge "${name}"`);
    t.equal(isRefused, source === 'server', `${name} of type ${type}`);
  }
  const expression = compileExpression('os.name == "a" || label("env") != "" || seen("1h")', {
    for: 'server',
  });
  t.same([...expression.names], ['os.name', 'label', 'seen_at']);
  t.same([...expression.labels], ['env']);
  t.equal(compileExpression('os.name == "a"', { for: 'server' }).isDeviceOnly, true);
});

t.test('a leaf about an absent fact is false, and has() tells', async (t) => {
  for (const leaf of [
    'os.name == "a"',
    'os.name != "a"',
    'os.name in ["a"]',
    'os.name.contains("")',
    'os.name.lowerAscii() == ""',
    'cpu.count < 5',
    'cpu.count >= 0',
    'virtual',
    'virtual == false',
    'has(virtual)',
    'version(os.version) < version("99")',
    'seen_at < timestamp("2030-01-01T00:00:00Z")',
    'seen("9999d")',
    'within("0.0.0.0/0")',
    'group("web")',
    'software("openssl")',
    'software("openssl").version != "1"',
    'os.name == os.name',
  ]) {
    t.equal(holds(leaf, {}, { nowMs: 0 }), false, leaf);
    t.equal(holds(`!(${leaf})`, {}, { nowMs: 0 }), true, `not: ${leaf}`);
  }
  for (const wrong of [1, Number.NaN, null, undefined, true])
    t.notOk(holds('has(os.name)', { 'os.name': wrong }), `os.name ${wrong}`);
  for (const wrong of ['4', 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])
    t.notOk(holds('has(cpu.count)', { 'cpu.count': wrong }), `cpu.count ${wrong}`);
  t.ok(holds('has(os.name) && os.name != "b" && !(os.name == "b")', { 'os.name': 'a' }));
});

t.test('functions mean what their table says', async (t) => {
  const now = Date.parse('2026-05-01T00:00:00Z');
  t.ok(holds('label("env") == "" && label("env") != "prod"'));
  t.ok(holds('label("env").startsWith("pr")', {}, { labels: { env: 'prod' } }));
  t.ok(holds('seen("7d")', { seen_at: now - 7 * 86_400_000 }, { nowMs: now }));
  t.notOk(holds('seen("7d")', { seen_at: now - 7 * 86_400_000 - 1 }, { nowMs: now }));
  t.notOk(holds('seen("7d")', { seen_at: now }), 'without a time of judgement');
  t.ok(holds('seen("30m") && !seen("29m")', { seen_at: now - 1_800_000 }, { nowMs: now }));
  t.ok(holds('enrolled_at >= timestamp("2026-05-01T02:00:00+02:00")', { enrolled_at: now }));
  t.ok(holds('enrolled_at in [timestamp("2026-05-01T00:00:00.000Z")]', { enrolled_at: now }));
  t.ok(holds('os.name.lowerAscii() == "Äbc".lowerAscii()', { 'os.name': 'ÄBC' }));
  t.notOk(holds('os.name.lowerAscii() == "äbc"', { 'os.name': 'ÄBC' }), 'A to Z only');
  const addresses = '10.0.0.5 192.168.7.200 2001:db8::17';
  t.ok(holds('within("10.0.0.0/8") && within("2001:DB8:0::/64") && has(addresses)', { addresses }));
  t.notOk(holds('within("10.0.1.0/24") || within("192.168.7.0/25") || within("::/32")', { addresses }));
  const packages = [
    { ecosystem: 'deb', name: 'openssl', version: '3.0.11-1~deb12u2' },
    { ecosystem: 'rpm', name: 'kernel', version: '5.14.0-362.el9' },
    { ecosystem: 'rpm', name: 'kernel', version: '5.14.0-427.el9' },
  ] as const;
  const software = (asked: SoftwareAsked) => packages.some((one) => fitsSoftware(asked, one));
  const has = (text: string) => holds(text, {}, { software });
  t.ok(has('software("openssl") && !software("OpenSSL") && software("openssl").version < "3.0.11-1"'));
  t.ok(has('"3.0.9" < software("openssl").version && software("openssl").version != "3.0.9"'));
  t.ok(
    has('software("kernel").version < "5.14.0-400.el9" && software("kernel").version > "5.14.0-400.el9"'),
    'any of them',
  );
  t.notOk(has('software("kernel").version >= "5.15" || software("bash") || software("bash").version != "1"'));
  const asks = compileExpression('"3.0" >= software("openssl").version || !software("a\\u200b")', {
    for: 'server',
  });
  t.equal(formatPredicate(asks.tree), 'software("openssl").version <= "3.0" || !(software("a\\u200b"))');
  t.same(
    [...asks.software.values()],
    [{ name: 'openssl', version: { by: '<=', text: '3.0' } }, { name: 'a\u200b' }],
  );
  t.same(explainExpression(asks.tree, { values: {}, software }).parts[0]?.reads, [
    { name: 'software("openssl").version <= "3.0"', value: false },
  ]);
  t.ok(holds('group("web") && !group("db")', {}, { groups: new Set(['web']) }));
  const named = compileExpression('virtual || group("b") && group("a") || group("b")', { for: 'server' });
  t.same(
    [...named.groups],
    [
      ['b', 17],
      ['a', 31],
    ],
    'with the places of the names',
  );
  t.same(explainExpression(named.tree, { values: {}, groups: new Set(['a']) }).parts[1]?.parts, [
    {
      kind: 'leaf',
      text: 'group("b")',
      holds: false,
      parts: [],
      reads: [{ name: 'group("b")', value: false }],
    },
    {
      kind: 'leaf',
      text: 'group("a")',
      holds: true,
      parts: [],
      reads: [{ name: 'group("a")', value: true }],
    },
  ]);
  t.ok(holds('memory.bytes == 8 * 1024 * 1024 * 1024 - 7 / 2 % 2 + -1 + 2', { 'memory.bytes': 2 ** 33 }));
});

t.test('an explanation names each leaf, its answer, and what was read for it', async (t) => {
  const text =
    'version(os.version) < version("12.4") && !(label("env") == "prod")\n && seen("36h") && hostname.lowerAscii() in ["web", "\\u200b"] && has(kernel.version) && enrolled_at > timestamp("2026-01-01T00:00:00Z")';
  const { tree } = compileExpression(text, { for: 'server' });
  const nowMs = Date.UTC(2026, 5, 1);
  const values = { 'os.version': '12.3', hostname: 'WEB', seen_at: nowMs - 3_600_000, enrolled_at: 8e15 };
  const { holds, parts } = explainExpression(tree, { values, labels: { env: 'test' }, nowMs });
  t.equal(holds, false);
  t.same(
    parts.map((part) => [part.holds, part.text, (part.parts[0] ?? part).reads]),
    [
      [true, 'version(os.version) < version("12.4")', [{ name: 'os.version', value: '12.3' }]],
      [true, '!(label("env") == "prod")', [{ name: 'label("env")', value: 'test' }]],
      [true, 'seen("36h")', [{ name: 'seen_at', value: '2026-05-31T23:00:00.000Z' }]],
      [true, 'hostname.lowerAscii() in ["web", "\\u200b"]', [{ name: 'hostname', value: 'WEB' }]],
      [false, 'has(kernel.version)', [{ name: 'kernel.version', value: null }]],
      [
        true,
        'enrolled_at > timestamp("2026-01-01T00:00:00.000Z")',
        [{ name: 'enrolled_at', value: '+255479-11-28T14:13:20.000Z' }],
      ],
    ],
  );
  const odd = compileExpression('seen_at > enrolled_at || seen("5m") || seen("2d")', { for: 'server' });
  const strange = explainExpression(odd.tree, { values: { seen_at: 2 ** 53 - 1 } });
  t.same(strange.parts[0]?.reads, [
    { name: 'seen_at', value: '9007199254740991' },
    { name: 'enrolled_at', value: null },
  ]);
  t.equal(strange.text, 'seen_at > enrolled_at || seen("5m") || seen("2d")');
});

t.test('versions are ordered by the numbers at their beginning', async (t) => {
  const order = ['0', '0.1', '1-2', '1.2.1', '9', '10', '12.4-rc1', '12.5', '12.10', '6000000.1'];
  const keys = order.map((text) => readVersionKey(text) ?? '');
  t.same(keys.toSorted(), keys);
  t.equal(new Set(keys).size, keys.length);
  t.equal(readVersionKey('12.0.0 (bookworm)'), readVersionKey('012'));
  t.equal(readVersionKey('6.1.0-21-amd64'), readVersionKey('6.1.0.21'));
  for (const none of ['', 'v1', ' 1', `1.${'9'.repeat(16)}`]) t.equal(readVersionKey(none), null, none);
  t.ok(holds('version(kernel.version) >= version("6.1")', { 'kernel.version': '6.1.0-21-amd64' }));
  t.notOk(holds('version(os.version) == version("12")', { 'os.version': 'rolling' }));
});

t.test('facts come out of inventory sections, absent where a section does not say', async (t) => {
  const facts = deriveFacts({
    os_version: [
      {
        platform: 'linuxmint',
        platform_like: 'ubuntu debian',
        major: 21,
        minor: 3,
        patch: null,
        codename: '',
        arch: 'x86_64',
      },
    ],
    kernel_info: [{ version: '6.1.0-21-amd64' }],
    cpu_info: [
      { model: 'EPYC', logical_processors: 8 },
      { model: 'EPYC', logical_processors: 8 },
    ],
    memory_info: [{ memory_total: 2 ** 34 }],
    system_info: [
      { hostname: 'web1', hardware_vendor: 'QEMU', hardware_model: 'Standard PC', hardware_serial: 'S1' },
    ],
    virtualization: [{ virtual_machine: false, container: true }],
    interface_addresses: [
      { interface: 'lo', address: '127.0.0.1' },
      { interface: 'eth0', address: '10.0.0.7' },
      { interface: 'eth0', address: null },
    ],
  });
  t.equal(facts.addresses, '10.0.0.7');
  t.match(facts, { 'os.family': 'debian', 'os.version': '21.3', 'cpu.count': 16, virtual: true });
  t.notOk('os.codename' in facts, 'an empty text is absent');
  const device = listFacts().filter(({ source }) => source === 'device');
  for (const { name } of device.filter(({ name }) => name !== 'id' && name !== 'os.codename'))
    t.ok(Object.hasOwn(facts, name), name);
  t.same(deriveFacts({}), {});
  t.same(deriveFacts({ os_version: [], cpu_info: [], system_info: [{ hostname: 3 }] }), {});
  t.equal(findFamily('rocky', 'rhel centos fedora'), 'rhel');
  t.equal(findFamily('opensuse-leap', 'suse opensuse'), 'suse');
  t.equal(findFamily('unknownos', 'thing ubuntu debian'), 'debian');
  t.equal(findFamily('gentoo', null), 'gentoo');
  t.equal(findFamily(null, 'debian'), null);
});

t.test('the page about the language has the table of facts and the bounds', async (t) => {
  const page = readFileSync(new URL('../../../../docs/architecture/language.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z_.]+)` \| (\w+) \| (device|server) \| (.+) \| (.+) \|$/gm)];
  t.same(
    rows.map(([, name, type, source, description, origin]) => ({ name, type, source, description, origin })),
    listFacts().map(({ name, type, source, description, origin }) => ({
      name,
      type,
      source,
      description,
      origin,
    })),
  );
  t.match(
    page,
    '2,048 characters, looked at before anything is parsed; 512 parts; 32 levels; 256 list elements',
  );
  for (const [, text = ''] of page.matchAll(/^((?:os|version|label|within|group|software)[.(].*)$/gm))
    t.equal(refusal(text), `accepted: ${text.slice(0, 80)}`);
  t.match(page, refusal('os.famly == "debian"'));
});
