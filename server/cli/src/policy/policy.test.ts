// Tests of reading policy files: every refusal at its line and column, whatever the text; and which files are read.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMusterError } from '@muster/protocol';
import { checkPolicy, formatPolicyYaml } from '@muster/protocol/policy';
import t from 'tap';
import { runCommandLine } from '../run.ts';
import { holdsAlways } from '../testing/chance.ts';
import { packagePath } from '../testing/golden.ts';
import { createFakeTerminal } from '../testing/terminal.ts';
import { readPolicyFiles } from './files.ts';
import { parsePolicies } from './parse-policies.ts';
import { placeOf } from './place.ts';
import { readPolicies, refuseFaults, requirePolicies } from './read-policies.ts';
import { describeFault, listFaults } from './source.ts';

const head = 'policy: a\ntitle: A\nowner: me\n';
const rule = '  - id: r\n    title: R\n    package: { name: nginx, state: installed }\n';
const whole = `${head}rules:\n${rule}`;

/** Faults as `line:column sentence`. */
function faultsOf(text: string): string[] {
  return parsePolicies([{ path: 'a.yaml', text }]).faults.map(({ source, at, message }) => {
    const { line, column } = placeOf(source, at);
    return `${line}:${column} ${message}`;
  });
}

t.test('what is right is read: documents, folded texts, comments, marks of the byte order', async (t) => {
  const text = `# all\n---\n${head}on: >-\n  os.family == "debian" &&\n  cpu.count > 1\nrules:\n${rule}---\n${whole.replace('policy: a', 'policy: b')}---\n# nothing\n`;
  const { policies, faults } = parsePolicies([{ path: 'a.yaml', text }]);
  t.same(faults, []);
  t.match(
    policies.map(({ policy }) => policy),
    [
      { name: 'a', on: 'os.family == "debian" && cpu.count > 1', mode: 'audit', priority: 100 },
      { name: 'b', on: 'true', rules: [{ item: 'package.nginx', wanted: { name: 'nginx' } }] },
    ],
  );
  t.same(parsePolicies([{ path: 'a', text: whole.replaceAll('\n', '\r\n') }]).faults, [], 'lines of Windows');
  t.match(parsePolicies([{ path: 'a', text: `%YAML 1.2\n---\n${whole}` }]), { policies: { length: 1 } });
});

t.test('each thing that a file may not say is refused at its place', async (t) => {
  const inRule = (lines: string) => `${head}rules:\n  - id: r\n    title: R\n${lines}`;
  const refusals: readonly (readonly [string, RegExp])[] = [
    ['', /^1:1 Write a policy; there is none/],
    ['---\n---\n', /^1:1 Write a policy; there is none/],
    ['# only\n', /^1:1 Write a policy; there is none/],
    ['just words', /^1:1 Write keys with their values here\.$/],
    [whole.replace('owner: me', 'owner: *me'), /^3:8 Write it out; aliases/],
    [whole.replace('owner: me', 'owner: &me x'), /^3:8 Take the anchor/],
    [whole.replace('owner: me', 'owner: !!str me'), /^3:8 Take the tag/],
    [whole.replace('owner: me', 'owner: !me me'), /^3:8 Take the tag/],
    [
      whole.replace('owner: me', 'owner: me\n<<: { title: B }'),
      /^4:1 Write out what belongs here; merge keys/,
    ],
    [whole.replace('owner: me', 'owner: me\ntitle: B'), /^4:1 Leave one of them; the key "title"/],
    [whole.replace('owner: me', 'owner: me\n7: B'), /^4:1 Write a text as the key/],
    [whole.replace('owner: me', 'owner: me\n? [a]\n: B'), /^4:3 Write a text as the key/],
    [`%YAML 1.1\n---\n${whole}`, /^1:1 Take the directive away/],
    [`%TAG ! x\n---\n${whole}`, /^1:1 Take the directive away/],
    [
      whole.replace('owner: me', 'ownr: me'),
      /^1:1 Add the key "owner"[^\n]*\n3:1 There is no key "ownr" here; perhaps "owner" is meant\.$/,
    ],
    [whole.replace('owner: me', 'owner: 7'), /^3:8 Write it as text, in quotes: "7"\.$/],
    [whole.replace('owner: me', 'owner:'), /^3:1 Write a text here\.$/],
    [whole.replace('owner: me', 'owner: [me]'), /^3:1 Write a text here\.$/],
    [
      whole.replace('owner: me', 'owner: me\nmode: enforc'),
      /^4:7 Write one of audit, enforce; perhaps "enforce"/,
    ],
    [whole.replace('owner: me', 'owner: me\npriority: 1001'), /^4:11 Write a number from 0 to 1000\.$/],
    [whole.replace('owner: me', 'owner: me\npriority: 0x1f5.5'), /^4:11 Write a whole number/],
    [head, /^1:1 Add the key "rules"/],
    [`${head}rules: []\n`, /^4:1 Add at least one\.$/],
    [
      `${head}rules:\n${rule}${rule}`,
      /^8:5 Rule 1 is about the same thing under the same condition[^\n]*\n8:9 Rule 1 has the id "r" too/,
    ],
    [inRule('    sysctl: { key: a.b, value: 0x1F }\n'), /^7:32 Write it as text, in quotes: "0x1F"\.$/],
    [inRule('    file: { path: /a, mode: 0640 }\n'), /^7:29 Write it as text, in quotes: "0640"\.$/],
    [
      inRule('    file:\n      path: /a\n    ssh: { option: UsePAM, value: "yes" }\n'),
      /9:5 A rule has one kind; move "ssh"/,
    ],
    [
      inRule('    mode: enforce\n    package: { name: nginx, state: installed }\n'),
      /^7:11 The policy only looks/,
    ],
    [
      inRule('    when: label("a") == "b"\n    package: { name: nginx, state: installed }\n'),
      /^7:11 A device cannot judge "label"/,
    ],
    [
      inRule(
        '    script:\n      nam: a\n      check: |\n        exit 0\n      interpreter: /bin/zsh\n      timeoutSeconds: 0\n',
      ),
      /^7:5 Add the key "name"[^\n]*\n8:7 There is no key "nam" here[^\n]*\n11:20 Write one of \/bin\/sh,[^\n]*\n12:23 Write a number from 1 to 200\.$/,
    ],
    [
      inRule('    script:\n      name: a\n      check: |\n        exit 0\n        # \u202e\n'),
      /^11:11 Remove the character U\+202E/,
    ],
    ['a: b: c\n', /^1:4 Put a text with ": " in quotes/],
    ['a: "b\n', /^\d:\d Correct the YAML: .*quote/],
    ['a:\n\t- b\n', /^2:1 Indent with blanks/],
    ['a: "\\q"\n', /^1:5 Write \\\\ for a backslash/],
    ['a: @b\n', /^1:4 Put the text in quotes; it cannot begin/],
    ['a: [b\n', /^2:1 Close the brackets with \]/],
    [`a: ${'['.repeat(50)}`, /^1:\d+ Take some levels away/],
    [`${'- '.repeat(50)}`, /^1:\d+ Take some levels away/],
    [whole.replace('owner: me', 'owner: me # \u202ex'), /^3:13 Remove the character U\+202E/],
    [`# a\rmode: enforce\n${whole}`, /^1:4 Remove the character U\+000D/],
    ['\n'.repeat(600_002), /^600001:1 Divide the file into several/],
  ];
  for (const [text, expected] of refusals) t.match(faultsOf(text).join('\n'), expected, text.slice(0, 120));
});

t.test('the examples in the docs are policies, and the faults shown there are told', async (t) => {
  const read = (name: string) => readFileSync(packagePath(`../../docs/${name}`), 'utf8');
  const example = (page: string) => /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const page = read('policies.md');
  for (const one of [page, read('architecture/policies.md')])
    t.match(parsePolicies([{ path: 'a', text: example(one) }]), {
      faults: { length: 0 },
      policies: { length: 1 },
    });
  const text = example(page).replace('owner:', 'ownr:').replace('except: hostname', 'except: hostnme');
  const { faults } = parsePolicies([{ path: 'policies/ssh-baseline.yaml', text }]);
  const told = faults.map(describeFault).join('\n');
  t.ok(faults.length === 3 && page.includes(told), told);
});

t.test('a fault inside of an expression is told inside of the file', async (t) => {
  const at = (on: string) => faultsOf(`${head}on: ${on}\nrules:\n${rule}`).join('\n').split(' ')[0];
  const places: Record<string, string> = {
    'virtual && os.nme == "x"': '4:16',
    '  virtual && os.nme == "x" # why': '4:18',
    '"virtual && os.nme == \\"x\\""': '4:17',
    '"os.name == \\"x\\" && os.nme == \\"x\\""': '4:26',
    "'label(''a'') == \"b\" && os.nme == \"x\"'": '4:29',
    '>-\n  virtual &&\n\n  os.nme == "x"': '7:3',
    '>\n  virtual\n    && os.nme == "x"': '6:8',
    '|\n  virtual\n  && os.nme == "x"': '6:6',
    'virtual\n  && os.nme == "x"': '5:6',
    '"virtual\n  && os.nme == \\"x\\""': '5:6',
    // What an escape stands for is not looked up: the text as a whole is pointed at.
    '"\\x76irtual && os.nme == \\"x\\""': '4:5',
    // A place behind the last character.
    'virtual &&': '4:15',
    // Characters that take two units and two columns count as one.
    'hostname == "🙂日" && os.nme == "x"': '4:25',
  };
  for (const [on, place] of Object.entries(places)) t.equal(at(on), place, on);
});

t.test(
  'all faults of all files at once, the first 50 in full, in the order of files and lines',
  async (t) => {
    const sources = [
      { path: 'b.yaml', text: whole.replace('owner: me', 'ownr: me') },
      {
        path: 'a.yaml',
        text: `${whole}---\n${whole.replace('policy: a', 'policy: b').replace('title: A', 'title: []')}`,
      },
    ];
    const { policies, faults, fileCount } = parsePolicies(sources);
    t.same(policies, [], 'nothing is half read');
    t.equal(
      refuseFaults(faults, fileCount).message,
      [
        'b.yaml:1:1: Add the key "owner": Who answers for it: a person, as text.',
        '  policy: a',
        '  ^',
        'b.yaml:3:1: There is no key "ownr" here; perhaps "owner" is meant.',
        '  ownr: me',
        '  ^',
        'a.yaml:1:9: Another policy has the name "a"; each needs one of its own.',
        '  policy: a',
        '          ^',
        'a.yaml:10:1: Write a text here.',
        '  title: []',
        '  ^',
        '',
        'There are 4 faults in 2 of 2 files; no policy is used.',
      ].join('\n'),
    );
    const many = parsePolicies([{ path: 'a', text: `${whole}${'x: 1\n'.repeat(70)}` }]);
    const said = refuseFaults(many.faults, 1).message.split('\n');
    t.equal(said.filter((line) => /^a:\d/.test(line)).length, 50);
    t.equal(said.at(-1), 'There are 70 faults in the file (the first 50 are shown); no policy is used.');
    t.match(listFaults(many.faults), { faultCount: 70, faults: { length: 50 } });
  },
);

t.test('what a file says cannot steer the terminal, and the caret stays below its place', async (t) => {
  const text = `${head}on: "日\t\u001b[31m\u202e"\nrules:\n${rule}`;
  const [first] = parsePolicies([{ path: 'a\u001b[2J\n.yaml', text }]).faults;
  const lines = first === undefined ? [] : describeFault(first).split('\n');
  t.equal(lines.length, 3);
  t.notMatch(lines.join(''), /[\u001b\u202e]/);
  const long = `${head}on: ${'virtual && '.repeat(20)}os.nme == "x"\nrules:\n${rule}`;
  const [fault] = parsePolicies([{ path: 'a', text: long }]).faults;
  const [, shown = '', caret = ''] = fault === undefined ? [] : describeFault(fault).split('\n');
  t.ok(shown.length <= 80, 'the part around the place');
  t.match(shown.slice(caret.indexOf('^')), /^os\.nme/);
});

/** Pieces that hurt a reader of YAML, and pieces of policies. */
const pieces = [
  ...[
    '\n',
    '  ',
    '- ',
    ': ',
    '? ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '&a ',
    '*a',
    '!t ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
  ],
  ...[
    '|\n',
    '>-\n',
    '"',
    "'",
    '\\',
    '#',
    '\t',
    '\r',
    '<<: ',
    '\u0000',
    '\ufeff',
    '日',
    '\ud800',
    '@',
    '0640',
  ],
  ...[
    'policy',
    'rules',
    'when: ',
    'os.name',
    '__proto__: ',
    'constructor: ',
    'label("a")',
    'true',
    'null',
    '~',
  ],
] as unknown as readonly [string, ...string[]];

t.test('whatever the text: policies, or faults that stand in it', async (t) => {
  t.ok(
    holdsAlways((chance) => {
      let text = chance.pick([whole, `${whole}---\n${whole.replace('policy: a', 'policy: b')}`, '']);
      for (let left = chance.integer(1, 12); left > 0; left--) {
        const at = chance.integer(0, text.length);
        const added = chance.integer(0, 5) === 0 ? chance.text(4) : chance.pick(pieces);
        text = text.slice(0, at) + added + text.slice(at + chance.integer(0, 3));
      }
      const { policies, faults } = parsePolicies([{ path: 'a', text }]);
      const error = refuseFaults(faults, 1);
      return (
        policies.length > 0 !== faults.length > 0 &&
        faults.every(({ at, message }) => at >= 0 && at <= text.length && /^[A-Z][\s\S]*\.$/.test(message)) &&
        isMusterError(error, 'E_POLICY')
      );
    }, 1_500),
  );
});

t.test('files: named ones, and folders by name; each once', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-policy-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => join(folder, name);
  mkdirSync(at('set/b/.git'), { recursive: true });
  mkdirSync(at('none'));
  for (const name of [
    'set/c.yml',
    'set/a.yaml',
    'set/b/x.YAML',
    'set/b/.git/y.yaml',
    'set/.z.yaml',
    'set/d.txt',
  ])
    writeFileSync(at(name), whole);
  symlinkSync(at('set'), at('set/b/loop'));
  symlinkSync(at('set/d.txt'), at('set/e.yaml'));
  const read = async (...paths: string[]) =>
    (await readPolicyFiles(paths)).map(({ path }) => path.slice(folder.length + 1));
  t.same(await read(at('set')), ['set/a.yaml', 'set/b/x.YAML', 'set/c.yml', 'set/e.yaml']);
  t.same(
    await read(at('set/c.yml'), at('set'), at('set/d.txt')),
    ['set/c.yml', 'set/a.yaml', 'set/b/x.YAML', 'set/e.yaml', 'set/d.txt'],
    'named ones whatever they are called',
  );
  const refusal = (error: unknown) =>
    isMusterError(error) ? `${error.code} ${error.message}` : String(error);
  const refused = (path: string) => readPolicies([at('set/a.yaml'), path]).then(() => 'read', refusal);
  t.match(
    await refused(at('none')),
    /^E_POLICY In the folder .*none is no file that ends in \.yaml or \.yml/,
  );
  t.match(await refused(at('gone.yaml')), /^E_FILE .*gone\.yaml cannot be read/);
  t.match(await refused('/dev/null'), /^E_FILE \/dev\/null cannot be read/);
  writeFileSync(at('latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe4]));
  t.match(await refused(at('latin.yaml')), /^E_POLICY .*latin\.yaml: The file is not UTF-8/);
  mkdirSync(at('much'));
  writeFileSync(at('much/0.yaml'), `# ${'é'.repeat(520_000)}`);
  for (let n = 1; n < 17; n++) symlinkSync(at('much/0.yaml'), at(`much/${n}.yaml`));
  t.match(await refused(at('much')), /more than 16 MiB together/, 'bytes are counted, not characters');
  writeFileSync(at('large.yaml'), `# ${'x'.repeat(1024 * 1024)}`);
  t.match(await refused(at('large.yaml')), /^E_POLICY .*large\.yaml: The file has more than 1 MiB/);
  writeFileSync(at('bom.yaml'), `\ufeff${whole}`);
  t.match(await requirePolicies([at('bom.yaml')]), [{ policy: { name: 'a' } }]);
  t.match(await requirePolicies([at('set')]).catch(refusal), /^E_POLICY .*Another policy has the name "a"/);
});

t.test(
  'muster policy check lists policies or says what is wrong, to people and to programs; schema is the published one',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-policy-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'a.yaml');
    const run = async (...words: string[]) => {
      const terminal = createFakeTerminal({ env: { MUSTER_PROFILE: join(folder, 'none') } });
      const code = await runCommandLine(['policy', ...words], terminal);
      return { code, out: terminal.out(), err: terminal.err() };
    };
    writeFileSync(file, whole.replace('owner: me', 'owner: me\nexcept: >-\n  virtual ||\n  cpu.count < 2'));
    t.same(await run('check', folder), {
      code: 0,
      out: 'POLICY  MODE   RULES  PRIORITY  FOR WHOM\na       audit      1       100  all devices, but not virtual || cpu.count < 2\n',
      err: 'Nothing is wrong: 1 policy with 1 rule in 1 file.\n',
    });
    t.match(JSON.parse((await run('check', file, '--json')).out), {
      items: [{ name: 'a' }],
      next: null,
      faultCount: 0,
    });
    writeFileSync(file, whole.replace('title: A', 'titel: A'));
    const wrong = await run('check', file);
    t.match(wrong, { code: 2, out: '' });
    t.ok(
      wrong.err.endsWith(
        `${file}:2:1: There is no key "titel" here; perhaps "title" is meant.\n  titel: A\n  ^\n\nThere are 2 faults in the file; no policy is used. (E_POLICY)\n`,
      ),
      wrong.err,
    );
    const told = await run('check', file, '--json');
    t.match(told, { code: 2, err: /E_POLICY/ });
    t.match(JSON.parse(told.out), {
      items: [],
      faultCount: 2,
      faults: [
        { file, line: 1 },
        { file, line: 2, column: 1 },
      ],
    });
    t.match(
      await run('resolve', file, '--device', 'web-01'),
      { code: 2, err: /E_POLICY/ },
      'before a server is asked',
    );
    t.equal((await run('schema')).out, readFileSync(packagePath('../../docs/policy.schema.json'), 'utf8'));
  },
);

/** Texts that YAML takes for something else, or breaks lines of. */
const oddTexts = [
  ...([
    'yes',
    '1e3',
    '0x1F',
    '- a',
    'a: b',
    'a #b',
    '#',
    '---',
    '...',
    '!tag',
    '&a',
    '*a',
    '|',
    '%',
  ] as const),
  ...([
    'if x\n  y\n\tz\nfi',
    'a\n\n\n\tb',
    'a\n \nb',
    '\ta\nb',
    '# a\nb #c',
    '- a\n- b',
    'a: |\n  b',
  ] as const),
  ...(['two\nlines', 'a\n\nb', ' a', 'a ', 'a\n b', '\na', 'a\n', 'a:\n- b', "it's", '"q"', 'x\\n'] as const),
] as const;

t.test('what is exported is read back as the same policy, whatever its texts say', async (t) => {
  let read = 0;
  holdsAlways((chance) => {
    const [title = '', why = '', reference = ''] = [1, 2, 3].map(() =>
      chance.integer(0, 2) === 0 ? chance.text(8) : chance.pick(['a', ...oddTexts]),
    );
    const rule = { id: 'r', title, why, references: [reference], ssh: { option: 'Banner', value: title } };
    const other = { ...rule, id: 's', mode: 'audit', when: 'virtual', remediation: why };
    const head = { policy: 'p', title, owner: reference, mode: 'enforce' };
    const checked = checkPolicy({ ...head, rules: [rule, other] });
    if ('faults' in checked) return true; // control characters, several lines where one must be
    read += 1;
    const { policies } = parsePolicies([{ path: 'p.yaml', text: formatPolicyYaml(checked.policy) }]);
    return JSON.stringify(policies.map(({ policy }) => policy)) === JSON.stringify([checked.policy]);
  }, 2_000);
  t.ok(read > 100, `${read} of them were policies`);
});
