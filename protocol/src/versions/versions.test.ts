// Tests that versions are ordered as the tools of their ecosystems do, and that keys sort as versions compare.
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { ECOSYSTEMS } from '../inventory/sections/packages.ts';
import { compareApk } from './apk.ts';
import { compareDeb, debKey } from './deb.ts';
import { compareVersions, MAX_VERSION_CHARS, versionKey } from './index.ts';
import { compareNpm } from './npm.ts';
import { comparePypi } from './pypi.ts';
import { compareRpm, rpmKey } from './rpm.ts';

type Compare = (a: string, b: string) => number;

/** Reads `a < b = c`: versions with the sign that stands between neighbors; all pairs follow from it. */
function checkChain(t: Test, compare: Compare, chain: string): void {
  const words = chain.trim().split(/\s+/);
  const versions = words.filter((_, i) => i % 2 === 0);
  const ranks = [0];
  for (const sign of words.filter((_, i) => i % 2 === 1))
    ranks.push((ranks.at(-1) ?? 0) + (sign === '<' ? 1 : 0));
  versions.forEach((a, i) => {
    versions.forEach((b, j) => {
      t.equal(compare(a, b), Math.sign((ranks[i] ?? 0) - (ranks[j] ?? 0)), `${a} against ${b}`);
    });
  });
}

/** Two versions that often share their beginning, out of pieces that matter to the ecosystem. */
function pairOf(pieces: readonly string[]): fc.Arbitrary<readonly [string, string]> {
  const some = fc.array(fc.constantFrom(...pieces), { maxLength: 5 }).map((list) => list.join(''));
  return fc.tuple(some, some, some).map(([start, a, b]) => [`1${start}${a}`, `1${start}${b}`]);
}

/** The reason to skip a comparison with a tool that this machine does not have; false where it has it. */
function missing(tool: string): string | false {
  return spawnSync(tool, ['--version']).status === 0
    ? false
    : `${tool} is not installed: not compared with it`;
}

const debPieces = [
  '0',
  '00',
  '1',
  '9',
  '10',
  '010',
  '12345678901234567890',
  'a',
  'b',
  'Z',
  '~',
  '~~',
  '+',
  '.',
  '-',
  '-1',
];
const rpmPieces = [...debPieces, '^', '_', '^git', '~rc', '..'];

/** Any version at all: real pieces of every ecosystem, and free text. */
const anyVersion = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        ...rpmPieces,
        '_alpha',
        '_p1',
        '-r2',
        '.post1',
        '.dev',
        'rc1',
        '-beta.2',
        '+x',
        '1!',
        '2:',
      ),
      {
        maxLength: 6,
      },
    )
    .map((list) => `1${list.join('')}`),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 20 }),
);

t.test('deb: the cases of the specification and of real archives', async (t) => {
  checkChain(t, compareDeb, '1.0~~ < 1.0~~a < 1.0~ < 1.0 < 1.0a < 1.0+b1 < 1.0.1');
  checkChain(t, compareDeb, '2.30-1 < 2.30-1ubuntu1 < 2.30-1ubuntu1.1 < 2.30-1.1 < 2.30-10 < 1:0.1 < 2:0.1');
  checkChain(t, compareDeb, '0:1.0-0 = 1.0 = 1.0-0 = 00:1.00-00 < 1.0-0+b1 < 1.0-1~bpo12+1 < 1.0-1');
  checkChain(t, compareDeb, '6.1.9 < 6.1.10 < 6.1.115-1 < 6.1.115-1+deb12u1 < 6.1.115+1');
  checkChain(t, compareDeb, '1a < 1a1 < 1aa < 1b');
  checkChain(t, compareDeb, '20240101 < 20240101.1 < 9999999999999999999998 < 9999999999999999999999');
});

t.test('rpm: the cases of the specification', async (t) => {
  checkChain(
    t,
    compareRpm,
    '1.0~rc1~git1 < 1.0~rc1 < 1.0~rc1^git1 < 1.0 < 1.0^ < 1.0^git1 < 1.0^git2 < 1.0.1',
  );
  checkChain(t, compareRpm, '1.0 = 1..0 = 1_0 = 1.00 = 0:1.0 < 1.0a < 1.0a1 < 1.0.a1b < 1.0.1');
  checkChain(
    t,
    compareRpm,
    '5.14.0 < 5.14.0-70.el9 < 5.14.0-362.8.1.el9_3 < 5.14.0-427.el9 < 5.15.0-1 < 1:1.0-1',
  );
  checkChain(t, compareRpm, '10xyz < 10.1xyz < 2024 < 20101121 < 20101122');
});

t.test('apk: suffixes, letters, builds, hashes and leading zeros', async (t) => {
  checkChain(
    t,
    compareApk,
    '1.2_alpha_pre2 < 1.2_alpha < 1.2_alpha1 < 1.2_beta < 1.2_pre < 1.2_rc1 < 1.2_rc2 < 1.2 < 1.2-r1',
  );
  checkChain(
    t,
    compareApk,
    '1.2-r9 < 1.2-r10 < 1.2~0a1b < 1.2_cvs1 < 1.2_svn1 < 1.2_git20 < 1.2_hg1 < 1.2_p < 1.2_p1 < 1.2_p1-r1 < 1.2a < 1.2b < 1.2.0 < 1.2.01 < 1.2.1',
  );
  checkChain(
    t,
    compareApk,
    '0.1.0_alpha < 0.1.0_alpha2 < 0.1.3_alpha < 1.06-r6 < 1.07 < 1.1 < 006 < 13 < 20050718-r1',
  );
  checkChain(t, compareApk, '4_beta < 23_foo < 23 < 23-r0');
  checkChain(t, compareApk, '1.0bc < 1.0b');
  checkChain(t, compareApk, '3.9_pre20060124 < 3.9_pre20210530193627-r0 < 3.9');
});

t.test('pypi: the order of PEP 440, whatever the spelling', async (t) => {
  checkChain(
    t,
    comparePypi,
    '1.dev0 < 1.0.dev456 < 1.0a1 < 1.0a2.dev456 < 1.0a12.dev456 < 1.0a12 < 1.0b1.dev456 < 1.0b2 < 1.0b2.post345.dev456 < 1.0b2.post345 < 1.0rc1.dev456 < 1.0rc1 < 1.0 < 1.0+abc.5 < 1.0+abc.7 < 1.0+5 < 1.0.post456.dev34 < 1.0.post456 < 1.0.15 < 1.1.dev1 < 1!0.1',
  );
  checkChain(
    t,
    comparePypi,
    'v1.0-Alpha.1 = 1a1 = 1.0.0.a.1 < 1c1 = 1.0rc1 = 1.0-PREVIEW_1 < 1 = 1.0.0 < 1-1 = 1.post1 = 1.0-r1 = 1.0.rev1',
  );
  checkChain(t, comparePypi, 'legacy < legacy2 < 1x < 0.0.1');
  checkChain(t, comparePypi, '1.0+a < 1.0+a.b < 1.0+a.1 < 1.0+1 < 1.0+1.a');
});

t.test('npm: the precedence of semantic versioning', async (t) => {
  checkChain(
    t,
    compareNpm,
    '1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1.0.0',
  );
  checkChain(
    t,
    compareNpm,
    '1.9.0 < 1.10.0 = v1.10.0 = 1.10.0+build.5 < 2.0.0-0 < 2.0.0--a < 2.0.0-A < 2.0.0-a < 2.0.0',
  );
  checkChain(t, compareNpm, 'latest < 1.0 < 0.0.0');
});

t.test('deb: dpkg itself gives the same answers', { skip: missing('dpkg') }, async (t) => {
  const valid = /^[0-9][A-Za-z0-9.+~-]*$/;
  const cases = fc
    .sample(pairOf(debPieces), 400)
    .filter(([a, b]) => valid.test(a) && valid.test(b) && !/-$/.test(a) && !/-$/.test(b))
    .map(([a, b], i) => [i % 5 === 0 ? `${i % 3}:${a}` : a, b] as const)
    .map(([a, b]) => `${a} ${['lt', 'eq', 'gt'][compareDeb(a, b) + 1]} ${b}`);
  t.ok(cases.length > 200, 'enough cases are left');
  const script = 'while read -r a op b; do dpkg --compare-versions "$a" "$op" "$b" || echo "$a $op $b"; done';
  const run = spawnSync('sh', ['-c', script], {
    input: `${cases.join('\n')}\n`,
    encoding: 'utf8',
    timeout: 60_000,
  });
  t.equal(run.status, 0);
  t.equal(run.stdout, '', 'dpkg agrees with every answer');
});

t.test('rpm: rpm itself gives the same answers', { skip: missing('rpm') }, async (t) => {
  const cases = fc
    .sample(pairOf(rpmPieces), 1000)
    .map(([a, b], i) => [i % 5 === 0 ? `${i % 3}:${a}` : a, i % 7 === 0 ? `${b}-1` : b] as const);
  const calls = cases.map(([a, b]) => `print(rpm.vercmp("${a}","${b}").." ")`).join(' ');
  const run = spawnSync('rpm', ['--eval', `%{lua: ${calls}}`], { encoding: 'utf8', timeout: 60_000 });
  const answers = run.stdout.trim().split(/\s+/);
  const wrong = cases.filter(([a, b], i) => `${compareRpm(a, b)}` !== answers[i]);
  t.equal(answers.length, cases.length);
  t.same(wrong, [], 'rpm agrees with every answer');
});

t.test('every ecosystem has a total order, and keys sort by bytes as versions compare', async (t) => {
  for (const ecosystem of ECOSYSTEMS) {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
        const ab = compareVersions(ecosystem, a, b);
        if (compareVersions(ecosystem, a, a) !== 0 || compareVersions(ecosystem, b, a) !== 0 - ab)
          return false;
        if (ab <= 0 && compareVersions(ecosystem, b, c) <= 0 && compareVersions(ecosystem, a, c) > 0)
          return false;
        const [ka, kb] = [versionKey(ecosystem, a), versionKey(ecosystem, b)];
        return Buffer.compare(Buffer.from(ka), Buffer.from(kb)) === ab && /^[\x20-\x7e]*$/.test(ka + kb);
      }),
      { numRuns: 500 },
    );
    t.equal(compareVersions(ecosystem, '1.2.3', '1.2.10'), -1);
    t.ok(
      versionKey(ecosystem, '\u{1f600}'.repeat(4000)).length <= MAX_VERSION_CHARS * 7 + 32,
      'keys are bounded',
    );
  }
});

t.test('keys end where parts end, so what follows never changes an order', async (t) => {
  t.not(debKey('1-1'), debKey('1-1-1'));
  t.equal(compareDeb('1.0-1', '1.0.0-1'), -1);
  t.equal(compareRpm('1.0-9', '1.0.0-1'), -1);
  t.not(rpmKey('1.0'), rpmKey('1.0-'));
  t.equal(compareVersions('deb', `${'1'.repeat(200)}`, `${'1'.repeat(199)}2`), -1);
  t.equal(
    compareVersions('deb', `${'9'.repeat(113)}`, `${'1'.repeat(114)}`),
    -1,
    'numbers of two length letters',
  );
  t.equal(compareVersions('deb', `${'9'.repeat(56)}`, `${'1'.repeat(57)}`), -1);
});
