// Tests of the command line as a whole: help, docs, usage errors, exit codes and completion, through the real parser.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MusterError } from '@muster/protocol';
import { CommanderError } from 'commander';
import t, { type Test } from 'tap';
import { shells } from './commands/completion.ts';
import { cliErrors, fail } from './errors.ts';
import { examples } from './examples.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { describeFailure, systemCode } from './failure.ts';
import { createProgram } from './program.ts';
import { runCommandLine } from './run.ts';
import { joinParts, matchGolden, packagePath } from './testing/golden.ts';
import { listCommands, renderPage } from './testing/page.ts';
import { createFakeTerminal, type FakeOptions } from './testing/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-cli-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const env = { MUSTER_PROFILE: join(folder, 'none.json'), MUSTER_KEYS: join(folder, 'keys') };

/** Runs one line in a terminal that is not signed in. */
async function run(line: string, options: FakeOptions = {}) {
  const terminal = createFakeTerminal({ env, ...options });
  const code = await runCommandLine(line.split(' ').filter(Boolean), terminal);
  return { code, out: terminal.out(), err: terminal.err() };
}

const commands = listCommands(createProgram(createFakeTerminal()));

t.test(
  'every command has help that begins with an example, and it is what people saw last time',
  async (t) => {
    const pages: Record<string, string> = {};
    for (const path of ['', ...commands.map((entry) => entry.path)]) {
      const { code, out, err } = await run(`${path} --help`);
      t.equal(code, 0, `${path} --help`);
      t.equal(err, '', 'help that was asked for is data');
      t.match(out.split('\n')[2] ?? '', /^ {2}\S.*muster|^ {2}muster/, `${path} begins with an example`);
      for (const line of out.split('\n')) t.ok(line.length <= 100, line);
      pages[`muster ${path} --help`.replace('  ', ' ')] = out;
    }
    t.same(
      Object.keys(examples).toSorted(),
      ['', ...commands.map((entry) => entry.path)].toSorted(),
      'no example of a command that does not exist',
    );
    matchGolden(t, 'src/testing/golden/help.txt', joinParts(pages));
  },
);

t.test('examples are lines that the parser takes', async (t) => {
  for (const { lines } of Object.values(examples))
    for (const line of lines.filter((text) => /^muster (?!quickstart|setup-link)/.test(text))) {
      const words = (line.replace(/ > \S+$/, '').match(/'[^']*'|\S+/g) ?? []).slice(1);
      const terminal = createFakeTerminal({ env });
      const isLogin = words.includes('--token-file');
      const bare = words.map((word) => word.replaceAll("'", ''));
      const code = await runCommandLine(isLogin ? ['whoami'] : bare, terminal);
      const err = terminal.err();
      // Some commands look at files of this workstation before they ask a server, or need none.
      t.notMatch(err, /--help\. \(E_USAGE\)/, `${line}: ${err}`);
      if (!['init', 'keys', 'kinds', 'facts', 'policy'].includes(bare[0] ?? ''))
        t.match(err, /\(E_NOT_SIGNED_IN\)|\(E_FILE\)|was not signed in/, `${line}: ${err}`);
      t.ok(code <= 3, `${line} ends with ${code}`);
    }
});

t.test('docs/cli.md has every command, option and exit code', async (t) => {
  const page = renderPage(createProgram(createFakeTerminal()));
  for (const { path } of commands) t.match(page, `### \`muster ${path}`);
  for (const { code, meaning } of exitCodes) t.match(page, `| ${code} | ${meaning} |`);
  matchGolden(t, '../../docs/cli.md', page);
});

t.test('without a command there is help, with --version a version', async (t) => {
  const { code, out } = await run('');
  t.equal(code, 0);
  t.match(out, /^Try it on this machine/);
  t.match(out, /Exit codes:\n {2}0 {2}done\n/);
  t.match(await run('--version'), { code: 0, out: /^\d+\.\d+\.\d+\n$/ });
  t.match(await run('help devices'), { code: 0, out: /^See who waits for approval/ });
});

t.test('a mistake is one sentence with its code, the nearest word, and exit code 2', async (t) => {
  const mistakes: Record<string, RegExp> = {
    devics:
      /^Unknown command 'devics'\. Did you mean one of device, devices\? See muster --help\. \(E_USAGE\)\n$/,
    'devices aprove web-01':
      /^Unknown command 'aprove'\. Did you mean approve\? See muster devices --help\. \(E_USAGE\)\n$/,
    'devices web-01': /^Unknown command 'web-01'\. muster device <name\|id> shows one device See muster/,
    'tokens lsit': /Did you mean list\?/,
    'tokens zzzzzzzzz': /create, list and revoke/,
    'devices --sate pending': /^Unknown option '--sate'\. Did you mean --state\?/,
    'devices --state gone': /Allowed choices are pending, active, quarantined, retired/,
    'devices --limit 0': /whole number from 1 to 100000/,
    'devices --limit 5 --all': /cannot be used with/,
    'devices --columns name,speed': /There is no column "speed"; there are name, state/,
    device: /^Missing required argument 'device'\./,
    'device a b': /^Too many arguments for 'device'/,
    'device a --hours x': /whole number/,
    'inventory a --at someday': /A time is written as/,
    'inventory a --live': /Say which section is wanted live: processes/,
    'inventory a processes --at 3h': /has no past/,
    'inventory a os_version --live': /has no live form/,
    'inventory a Packages': /did you mean packages\?/,
    'diff a': /Say a time to compare with/,
    'diff a yesterday': /A time is written as/,
    'label a B=c': /"B" cannot be the name of a label/,
    'label a b=c b-': /both set and removed/,
    'who-has': /Missing required argument 'package'/,
    'who-has openssl --version <>3': /A version is written as/,
    'who-has openssl --ecosystem exe': /Allowed choices are/,
    'tokens create --expires never': /A span is a number with a unit/,
    'tokens create --uses 0': /whole number/,
    'tokens create --label web': /write key=value/,
    'metrics a b --csv --points': /cannot be used with/,
    'metrics a b --csv --json': /cannot be used with/,
    'top --sort speed': /Allowed choices are cpu, memory/,
    'completion tcsh': /Allowed choices are bash, zsh, fish, powershell/,
    login: /Required option '--url <url>' not specified/,
    'login --url ftp://x': /is written as https:/,
    'login --url http://muster.example': /must begin with https/,
    'login --url https://a:b@muster.example': /does not belong/,
    'login --url https://muster.example/path': /is written as https:/,
  };
  for (const [line, expected] of Object.entries(mistakes)) {
    const { code, out, err } = await run(line);
    t.equal(code, 2, `${line}: ${err}`);
    t.equal(out, '', 'nothing on standard output');
    t.match(err, expected);
    t.match(err, /^[^\n]+\(E_USAGE\)\n$/, `${line} is one line with its code`);
  }
});

t.test('what is typed cannot steer the terminal through an error', async (t) => {
  const { err } = await run('\u001b[31mdevices\u202e');
  t.notMatch(err, /[\u001b\u202e]/);
});

t.test('who is not signed in hears so, whatever he asks', async (t) => {
  for (const line of [
    'devices',
    'device a',
    'alerts --json',
    '--json top',
    'who-has x',
    'tokens',
    'whoami',
    'status',
  ]) {
    t.match(await run(line), { code: 3, out: '', err: /\(E_NOT_SIGNED_IN\)\n$/ }, line);
  }
});

t.test('login reads the token from where it is safe, and from nowhere else', async (t) => {
  const url = '--url https://127.0.0.1:9';
  t.match(await run(`login ${url} --token x`), { code: 2, err: /Unknown option '--token'/ }, 'never a flag');
  t.match(await run(`login ${url}`, { input: '' }), { code: 2, err: /not a token/ });
  t.match(await run(`login ${url} --token-file -`, { input: 'two words' }), { code: 2, err: /not a token/ });
  t.match(await run(`login ${url} --token-file ${folder}/none`), { code: 1, err: /cannot be read.*E_FILE/ });
  t.match(await run(`login ${url} --ca-file ${packagePath('package.json')}`), {
    code: 1,
    err: /holds no certificate/,
  });
  t.match(await run(`login ${url} --no-input`, { isTTY: true }), { code: 2, err: /nobody to ask/ });
  t.match(await run(`login ${url}`, { input: 'token' }), {
    code: 5,
    err: /nothing listens.*E_CONNECT|E_CONNECT/,
  });

  const terminal = createFakeTerminal({ env, isTTY: true });
  terminal.type('secret\u007f\u007fet\r');
  t.equal(await runCommandLine(`login ${url}`.split(' '), terminal), 5);
  t.same(terminal.rawModes, [true, false], 'typed without echo, and the terminal is as before');
  t.notMatch(terminal.err(), 'secr', 'and nothing of it is shown');
  const canceled = createFakeTerminal({ env, isTTY: true });
  canceled.type('sec\u0003');
  t.equal(await runCommandLine(`login ${url}`.split(' '), canceled), 2);
  t.same(canceled.rawModes, [true, false]);
});

t.test('logout says what it did', async (t) => {
  t.match(await run('logout'), { code: 0, out: '', err: 'This terminal was not signed in.\n' });
});

t.test('each error has its exit code, and an unexpected one is not hidden', async (t) => {
  const known = new Set<number>(exitCodes.map(({ code }) => code));
  for (const code of Object.keys(cliErrors)) t.ok(known.has(exitCodeOf(code)), code);
  t.equal(exitCodeOf('E_FORBIDDEN'), 4);
  t.equal(exitCodeOf('E_UNAVAILABLE'), 5);
  t.equal(exitCodeOf('toString'), 4, 'no name of an object is taken for a code');
  const bug = new TypeError('bug');
  t.throws(() => describeFailure(bug), bug);
  t.match(describeFailure(new CommanderError(0, 'commander.help', '')), { exitCode: 0, message: '' });
  const evil = new MusterError('E_X', { sentence: 'Bad \u001b[31mname.\nNext line.', retryable: false });
  t.equal(describeFailure(evil).message, 'Bad name.\nNext line. (E_X)\n');
});

t.test('a connection that failed is explained as exactly as the system knows it', async (t) => {
  const caused = (code: string) =>
    fail('E_CONNECT', {
      cause: new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) }),
    });
  t.match(describeFailure(caused('ECONNREFUSED')).message, 'nothing listens at that address');
  t.match(describeFailure(caused('ENOTFOUND')).message, 'there is no host of that name');
  t.match(
    describeFailure(caused('ERR_TLS_CERT_ALTNAME_INVALID')).message,
    'its certificate is for another name',
  );
  t.match(describeFailure(caused('SELF_SIGNED_CERT_IN_CHAIN')), {
    exitCode: 5,
    message: /--ca-file.*\(E_UNTRUSTED\)/,
  });
  t.equal(describeFailure(caused('ESOMETHING')).message, `${cliErrors.E_CONNECT.sentence} (E_CONNECT)\n`);
  const both = new AggregateError([Object.assign(new Error('v6'), { code: 'ECONNREFUSED' })]);
  t.equal(systemCode(new Error('x', { cause: both })), 'ECONNREFUSED');
});

/** What a line prints through the library of the scripts, which writes to the console itself. */
async function printed(t: Test, ...words: string[]): Promise<string> {
  const capture = t.capture(console, 'log', () => undefined);
  const terminal = createFakeTerminal({ env });
  try {
    t.equal(await runCommandLine(words, terminal), 0, words.join(' '));
  } finally {
    capture.restore();
  }
  return (
    terminal.out() +
    capture()
      .map(({ args }) => `${args.join(' ')}\n`)
      .join('')
  );
}

t.test('completion: a script for each shell, and answers to what the scripts ask', async (t) => {
  for (const shell of shells) {
    const out = await printed(t, 'completion', shell);
    t.match(out, /muster complete -- |complete.*--/, `${shell} asks the program itself`);
    t.match(out, '__muster', `${shell} has functions of its own`);
  }
  const words = async (...line: string[]) =>
    (await printed(t, 'complete', '--', ...line)).split('\n').map((text) => text.split('\t')[0] ?? '');
  const top = await words('');
  for (const { path } of commands.filter((entry) => !entry.path.includes(' ')))
    t.ok(top.includes(path), path);
  t.same((await words('devices', 're')).slice(0, 2), ['release', 'retire']);
  t.same((await words('devices', '--sta')).slice(0, 1), ['--state']);
  t.same((await words('devices', '--state', 'p')).slice(0, 1), ['pending']);
  t.ok((await words('inventory', 'web-01', '')).includes('packages'), 'sections');
  t.same(await words('device', ''), [':4', ''], 'without a sign-in there are no names and no complaint');
  t.same((await words('completion', 'f')).slice(0, 1), ['fish']);
});

t.test('bash completes with the script', { skip: hasBash() ? false : 'there is no bash here' }, async (t) => {
  const out = await printed(t, 'completion', 'bash');
  const lines = [
    'muster() { "$MUSTER_NODE" $MUSTER_ARGS "$@"; }',
    out,
    'compopt() { :; }',
    'COMP_WORDS=(muster devices appr); COMP_CWORD=2; COMP_LINE="muster devices appr"; COMP_POINT=19',
    '__muster_complete; printf "%s\\n" "$COMPREPLY"',
  ];
  const isSource = import.meta.url.endsWith('.ts');
  const program = isSource
    ? `--conditions=muster-source --import tsx ${packagePath('src/main.ts')}`
    : packagePath('dist/main.js');
  const { stdout, stderr } = spawnSync('bash', ['--norc', '--noprofile', '-c', lines.join('\n')], {
    input: '',
    encoding: 'utf8',
    env: { PATH: process.env.PATH, MUSTER_NODE: process.execPath, MUSTER_ARGS: program, ...env },
  });
  t.match(stdout, /^approve/, stderr);
});

function hasBash(): boolean {
  return spawnSync('bash', ['--version']).status === 0;
}
