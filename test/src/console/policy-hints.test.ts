// What the editor of policies proposes at a place of a text, finished or not.
import t from 'tap';
import { importConsole } from '../support/console-source.ts';

/** What is used of the page. */
interface Parts {
  findHints(
    text: string,
    caret: number,
  ): {
    readonly path: readonly string[];
    readonly what: string;
    readonly from: number;
    readonly hints: readonly {
      readonly word: string;
      readonly insert: string;
      readonly isRequired: boolean;
    }[];
  };
  indentAfter(text: string, caret: number): string;
}

const { findHints, indentAfter } = await importConsole<Parts>(
  "export * from './pages/policy-edit/hints.ts';",
);

/** At the caret, which stands where the bar is. */
function look(marked: string) {
  const caret = marked.indexOf('|');
  const text = marked.slice(0, caret) + marked.slice(caret + 1);
  const found = findHints(text, caret);
  const words = found.hints.map(({ word }) => word);
  /** The text once the first of that name was picked. */
  const pick = (name: string) => {
    const hint = found.hints.find(({ word }) => word === name);
    return hint === undefined ? null : text.slice(0, found.from) + hint.insert + text.slice(caret);
  };
  return { ...found, words, pick };
}

const head = 'policy: a\ntitle: T\nowner: me\n';

t.test('keys of the mapping one is in, without those that are there', (t) => {
  const top = look(`${head}|`);
  t.same(top.path, []);
  t.ok(
    ['mode', 'priority', 'rules', 'windows'].every((word) => top.words.includes(word)),
    top.words.join(),
  );
  t.notOk(top.words.includes('title'), 'it stands there');
  t.ok(look('|').hints.some(({ word, isRequired }) => word === 'policy' && isRequired));
  t.same(look(`${head}pr|`).words, ['priority']);
  t.equal(look(`${head}pr|`).pick('priority'), `${head}priority: `);
  t.equal(look(`${head}|`).pick('rules'), `${head}rules:\n  - `);
  const between = look(`policy: a\n|\ntitle: T\n`);
  t.notOk(between.words.includes('title'), 'what stands below counts too');
  t.match(look(`${head}mo|de: audit\n`), { what: /audit: look only/ }, 'what the word means that one is in');
  t.end();
});

t.test('rules: an entry, its kind, and only one of these', (t) => {
  const rules = `${head}rules:\n  - id: a\n    title: A\n`;
  const entry = look(`${rules}    |`);
  t.same(entry.path, ['rules']);
  t.ok(entry.words.includes('sysctl') && entry.words.includes('severity'), entry.words.join());
  t.notOk(entry.words.includes('id'));
  t.equal(entry.pick('sysctl'), `${rules}    sysctl:\n      `);
  t.same(look(`${rules}    sysctl:\n      |`).words, ['key', 'value']);
  t.same(look(`${rules}    sysctl:\n      key: a.b\n      |`).words, ['value']);
  t.notOk(look(`${rules}    sysctl:\n      key: a.b\n    |`).words.includes('ssh'), 'it has a kind');
  t.ok(look(`${rules}  - |`).words.includes('id'), 'the next one begins anew');
  t.same(look(`${rules}  - |`).path, ['rules']);
  t.ok(look(`${head}rules:\n- id: a\n- |`).words.includes('title'), 'lists that are not moved in');
  t.ok(look(`${rules}|`).words.includes('mode'), 'back at the top');
  t.end();
});

t.test('values, and mappings on one line', (t) => {
  t.same(look(`${head}mode: |`).words, ['audit', 'enforce']);
  t.same(look(`${head}mode: en|`).pick('enforce'), `${head}mode: enforce`);
  const rules = `${head}rules:\n  - id: a\n`;
  t.same(look(`${rules}    override: |`).words, ['true', 'false']);
  t.same(look(`${rules}    severity: |`).words, ['low', 'medium', 'high', 'critical']);
  const inline = look(`${rules}    ssh: { option: PermitRootLogin, |`);
  t.same(inline.words, ['value']);
  t.equal(inline.pick('value'), `${rules}    ssh: { option: PermitRootLogin, value: `);
  t.same(look(`${rules}    ssh: { option: |`).hints, []);
  t.ok(look(`${rules}    package: { name: a, state: |`).words.includes('absent'));
  t.end();
});

t.test('where nothing can be known nothing is proposed', (t) => {
  for (const text of [
    `${head}title:\n  |`,
    `${head}nonsense:\n  |`,
    'a: [|',
    '- - - |',
    `${head}mode: audit x|`,
  ])
    t.same(look(text).hints, [], JSON.stringify(text));
  // Whatever somebody writes, at every place of it.
  const wild = `${head}rules:\n -  - id: "x: {"\n#c\n   windows:\n  - {start: }\n\n"k": 'v'\n…`;
  for (let at = 0; at <= wild.length; at++) t.type(findHints(wild, at).hints.length, 'number');
  t.end();
});

t.test('a new line begins where it belongs', (t) => {
  const after = (text: string) => indentAfter(text, text.length).length;
  t.same(['mode: audit', 'rules:', '  - id: a', '    ssh:', '  -', ''].map(after), [0, 2, 4, 6, 2, 0]);
  t.end();
});
