// Names in expressions, as the browser completes them: where one is being written, what fits, and what is put in its place.
import t from 'tap';
import { importConsole } from '../support/console-source.ts';

interface Asked {
  readonly kind: 'group' | 'label' | 'value';
  readonly key: string;
  readonly typed: string;
  readonly replaces: number;
  readonly eats: number;
}
interface Name {
  readonly name: string;
  readonly description: string;
}
interface Suggestion {
  readonly value: string;
  readonly replaces: number;
  readonly eats?: number;
}
interface Parts {
  findAsked(before: string, after: string): Asked | null;
  fitNames(asked: Asked, names: readonly Name[]): readonly Name[];
  listLabels(labels: readonly Readonly<Record<string, string>>[], key: string): readonly Name[];
  whoHas(asked: Pick<Asked, 'key' | 'typed'>): string;
  writeName(asked: Asked, name: string): string;
  complete(before: string): readonly Suggestion[];
  putIn(
    expression: string,
    cursor: number,
    suggestion: Suggestion,
  ): { readonly expression: string; readonly cursor: number };
}

const parts = await importConsole<Parts>(
  ['names.ts', 'complete.ts'].map((file) => `export * from './parts/expression/${file}';`).join('\n'),
);

/** The expression after a name was chosen; `|` is the cursor. */
function choose(written: string, name: string): string {
  const [before = '', after = ''] = written.split('|');
  const asked = parts.findAsked(before, after);
  if (asked === null) return 'nothing is asked';
  const value = parts.writeName(asked, name);
  const put = parts.putIn(before + after, before.length, { ...asked, value });
  return `${put.expression.slice(0, put.cursor)}|${put.expression.slice(put.cursor)}`;
}

t.test('a name is asked for where one is being written, and nowhere else', async (t) => {
  t.match(parts.findAsked('virtual && group("we', ''), { kind: 'group', typed: 'we', replaces: 3, eats: 0 });
  t.match(parts.findAsked("group('", ''), { kind: 'group', typed: '' });
  t.match(parts.findAsked('label("e', ''), { kind: 'label', typed: 'e' });
  for (const sign of ['==', '!= ', ' in [', ' in ["a", '])
    t.match(parts.findAsked(`label("env")${sign}"p`, ''), { kind: 'value', key: 'env', typed: 'p' }, sign);
  t.match(parts.findAsked('label("a\\"b") == "c\\"', ''), { key: 'a"b', typed: 'c"' }, 'escapes');
  const long = `group("${'x'.repeat(129)}`;
  for (const other of ['', 'group(', 'group("web")', 'hostname == "we', 'within("10', 'subgroup("we', long])
    t.equal(parts.findAsked(other, ''), null, other);
});

t.test('what is chosen takes the place of what was written, and of nothing else', async (t) => {
  t.equal(choose('group("we|', 'web'), 'group("web")|');
  t.equal(choose('!group("w|eb") && virtual', 'mail'), '!group("mail")| && virtual');
  t.equal(choose("group('w|')", 'a "b"'), 'group("a \\"b\\"")|', 'its quotes are those of the language');
  t.equal(choose('label("e|', 'env'), 'label("env") |');
  t.equal(choose('label("env") == "p|rep")', 'prod'), 'label("env") == "prod"|)');
  const next = ' && label("env") == "prod"';
  t.equal(choose(`group("w|${next}`, 'web'), `group("web")|${next}`, 'the next text is another one');
});

t.test('names that fit, and what devices have', async (t) => {
  const group = { kind: 'group', key: '', typed: 'WEB', replaces: 4, eats: 0 } as const;
  const names = ['my web', 'mail', 'Web'].map((name) => ({ name, description: '' }));
  t.same(
    parts.fitNames(group, names).map(({ name }) => name),
    ['Web', 'my web'],
  );
  const labels = [{ env: 'test', site: 'b' }, { env: 'prod' }, { env: 'prod' }, {}];
  t.same(parts.listLabels(labels, ''), [
    { name: 'env', description: 'prod, test' },
    { name: 'site', description: 'b' },
  ]);
  t.same(
    parts.listLabels(labels, 'env').map(({ name }) => name),
    ['prod', 'test'],
  );
  t.same(parts.listLabels(labels, 'constructor'), []);
  t.equal(parts.whoHas({ key: 'env', typed: '' }), 'label("env") != ""');
  t.equal(parts.whoHas({ key: 'env', typed: 'p"' }), 'label("env").startsWith("p\\"")');
});

t.test('what can follow a call', async (t) => {
  const values = (before: string) => parts.complete(before).map(({ value }) => value);
  t.same(values('group("web")'), [' && ', ' || ']);
  t.same(values('label("env") '), ['== ', '!= ']);
  t.same(values('os.family '), ['== ', '!= ']);
  t.ok(values('virtual && os.f').includes('os.family '));
});
