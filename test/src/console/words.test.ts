// What others say in their own words, in those of the console: names of browsers and systems, and what is soft about the trust document.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { importConsole } from '../support/console-source.ts';
import { root } from '../support/processes.ts';

interface Parts {
  parseProgram(agent: string): { readonly browser: string | null; readonly system: string | null };
  nameSoft(sentence: string): string | null;
}

const { parseProgram, nameSoft } = await importConsole<Parts>(
  ['parts/program.ts', 'pages/trust/soft.ts'].map((file) => `export * from './${file}';`).join('\n'),
);

const engine = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const agents: readonly (readonly [string, string | null, string | null])[] = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'Linux'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${engine} HeadlessChrome/140.0.0.0 Safari/537.36`, 'Chrome', 'Linux'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${engine} Chrome/140.0 Safari/537.36`, 'Chrome', 'Windows'],
  [`Mozilla/5.0 (Windows NT 10.0) ${engine} Chrome/140.0 Safari/537.36 Edg/140.0`, 'Edge', 'Windows'],
  [`Mozilla/5.0 (Linux; Android 15) ${engine} Chrome/140.0 Mobile Safari/537.36`, 'Chrome', 'Android'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0) ${engine} Chrome/140.0 Safari/537.36`, 'Chrome', 'ChromeOS'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15',
    'Safari',
    'macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1',
    'Safari',
    'iOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) CriOS/140.0 Mobile/15E148 Safari/604.1',
    'Chrome',
    'iOS',
  ],
  ['curl/8.5.0', null, null],
  ['', null, null],
  ['<script>alert(1)</script>', null, null],
];

t.test('browsers and systems by their names', async (t) => {
  for (const [agent, browser, system] of agents) t.same(parseProgram(agent), { browser, system }, agent);
});

/** Where a source puts the name of a key into a sentence. */
const HOLE = ['$', 'name}'].join('{');

t.test('each sentence of the server about what is soft has words in the catalog', async (t) => {
  const source = readFileSync(join(root, 'server/src/features/trust/softness.ts'), 'utf8');
  const sentences = [...source.matchAll(/['`]([A-Z][^'`\n]+\.)['`]/g)].flatMap(([, sentence = '']) =>
    sentence.includes(HOLE) ? ['root', 'signer'].map((name) => sentence.replaceAll(HOLE, name)) : [sentence],
  );
  t.ok(sentences.length >= 7, `${sentences.length} sentences`);
  const keys = sentences.map(nameSoft);
  t.notOk(keys.includes(null), sentences[keys.indexOf(null)] ?? '');
  t.equal(new Set(keys).size, sentences.length, 'each its own');
  t.equal(nameSoft('Something new is soft.'), null);
});
