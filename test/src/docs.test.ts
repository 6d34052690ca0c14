// Proves the docs complete and true where a program can: error codes, settings, commands, links, no local paths.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A Markdown page: path from the root, and its text. */
interface Page {
  readonly path: string;
  readonly text: string;
}

function readPage(path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

/** The pages at the top of the repository and all under docs/. */
function readPages(): Page[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return [...top, ...docs].toSorted().map(readPage);
}

/** The compiled catalog of a package: code → sentence. */
async function loadCatalog(folder: string, name: string): Promise<[string, string][]> {
  const url = new URL(`../../${folder}/dist/errors.js`, import.meta.url);
  const module: Record<string, Record<string, { sentence: string }>> = await import(url.href);
  return Object.entries(module[name] ?? {}).map(([code, { sentence }]) => [code, sentence]);
}

/** Rows of the table below a heading, cell by cell. */
function parseTable(text: string, heading: string): string[][] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

t.test('docs/errors.md has exactly one row for each code, with the sentence people see', async (t) => {
  const { text } = readPage('docs/errors.md');
  const catalogs = [
    ['Between agent and server', 'protocol', 'protocolErrors'],
    ['Agent', 'agent', 'agentErrors'],
    ['Server', 'server', 'serverErrors'],
    ['Command line', 'server/cli', 'cliErrors'],
  ] as const;
  for (const [heading, folder, name] of catalogs) {
    const catalog = await loadCatalog(folder, name);
    t.ok(catalog.length > 0, `${folder} has codes`);
    const rows = parseTable(text, heading).map(([code = '', sentence = '']) => [
      code.replaceAll('`', ''),
      sentence,
    ]);
    t.same(rows, catalog, `${heading}: rows and catalog are equal`);
    for (const [code, sentence] of catalog) t.match(sentence, /^[A-Z].*\.$/, `${code} says a sentence`);
  }
});

t.test('docs/configuration.md has exactly one row for each setting', async (t) => {
  const { text } = readPage('docs/configuration.md');
  const programs = [
    ['Server', 'server', 'serverSettings'],
    ['Agent', 'agent', 'agentSettings'],
  ] as const;
  for (const [heading, folder, list] of programs) {
    const url = new URL(`../../${folder}/dist/config.js`, import.meta.url);
    const module: Record<string, readonly { name: string; description: string }[]> = await import(url.href);
    const settings = module[list] ?? [];
    t.ok(settings.length > 0, `${folder} has settings`);
    const rows = parseTable(text, heading);
    t.same(
      rows.map(([name]) => name),
      settings.map(({ name }) => `\`${name}\``),
      `${heading}: rows and settings are equal`,
    );
    for (const { name, description } of settings) t.match(description, /^\S.*\.$/, `${name} is explained`);
  }
});

t.test('the commands the docs name exist', async (t) => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const own = new Set(['install', 'exec', 'add', 'run']);
  for (const { path, text } of readPages()) {
    for (const [, version, name = ''] of text.matchAll(
      /\bpnpm(@[\d.]+)?\s+(?:run\s+)?(?!-)([a-z][a-z:-]*)/g,
    )) {
      if (isCode(text, name, version)) t.ok(own.has(name) || scripts[name], `${path}: pnpm ${name}`);
    }
  }
});

/** Prose may say "pnpm workspace"; a command stands in a code span or a code block. */
function isCode(text: string, name: string, version: string | undefined): boolean {
  const command = `pnpm${version ?? ''} ${name}`;
  const blocks = [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].map(([block]) => block);
  return blocks.some((block) => block.includes(command));
}

t.test('every relative link leads somewhere', async (t) => {
  const pages = readPages();
  t.ok(pages.length > 0, 'there are pages');
  for (const { path, text } of pages) {
    const prose = text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
    const targets = [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map(([, target = '']) => target);
    for (const target of targets.filter((link) => !/^[a-z]+:/.test(link))) {
      t.ok(leadsSomewhere(path, target), `${path}: ${target}`);
    }
  }
});

function leadsSomewhere(path: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const full = file === '' ? join(root, path) : resolve(root, dirname(path), file);
  if (relative(root, full).startsWith('..') || !existsSync(full)) return false;
  return (
    anchor === undefined || !full.endsWith('.md') || listAnchors(readFileSync(full, 'utf8')).includes(anchor)
  );
}

/** Anchors of headings, formed as code hosts form them. */
function listAnchors(text: string): string[] {
  const headings = text.replace(/```[\s\S]*?```/g, '').matchAll(/^#{1,6}\s+(.+)$/gm);
  return [...headings].map(([, title = '']) =>
    title
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

t.test('no page names a folder of some machine or a package registry', async (t) => {
  const homes = /(?:^|[\s`'"(=])\/(?:home|Users|root|work|workspace|workspaces|builds|mnt|private)\//m;
  const registries = /\bregistry\.[a-z]|\bnpmjs\.|verdaccio|artifactory|\/\/localhost:4873/i;
  for (const { path, text } of readPages()) {
    t.notMatch(text, homes, `${path} names no folder of a person or a build machine`);
    t.notMatch(text, registries, `${path} names no registry`);
  }
  t.match(' /home/me/x', homes, 'the pattern finds what it looks for');
  t.notMatch('see docs/home/ and /var/lib/muster', homes, 'and nothing else');
});

t.test('the checks of links and anchors can fail', async (t) => {
  t.same(listAnchors('# Two *Walls*, one `door`\n## A_b-c 1.2\n```\n# none\n```'), [
    'two-walls-one-door',
    'a_b-c-12',
  ]);
  t.notOk(leadsSomewhere('docs/errors.md', 'no-such-page.md'));
  t.notOk(leadsSomewhere('docs/errors.md', '#no-such-heading'));
  t.notOk(leadsSomewhere('docs/errors.md', '../../etc/passwd'), 'a link may not lead out of the repository');
  t.ok(leadsSomewhere('docs/errors.md', '#agent'));
  t.same(parseTable('\n## A\n| a | b |\n| --- | --- |\n| x \\| y | 1 |\n\n## B\n| z |', 'A'), [
    ['x | y', '1'],
  ]);
});
