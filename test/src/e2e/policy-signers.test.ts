// A set of policies that two persons sign from two places: what the second sees and adds, and everything that must not pass.
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { startHardened } from '../support/hardened.ts';
import { FILE_PATIENCE_MS } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

t.test('two persons sign policies', async (t) => {
  const { anna, berta } = await startHardened(t);
  const policies = anna.file('policies.yaml');
  const write = (key: string, body: string) =>
    writeFileSync(
      policies,
      `policy: base\ntitle: T\nowner: anna\nmode: audit\nrules:\n  - id: motd\n    title: A text\n    script:\n      name: motd\n      check: |\n        ${body}\n  - id: swap\n    title: Swap\n    sysctl: { key: vm.swappiness, value: "${key}" }\n`,
    );
  let files = 0;
  /** Anna signs what stands in her file into a new file. */
  async function sign(more = ''): Promise<string> {
    const out = anna.file(`plan-${files++}.json`);
    const { err } = await anna.done(t, `apply -f ${policies} --out ${out} --yes ${more}`);
    t.match(err, `Nothing is in force yet: ${out} waits for a second person`);
    return out;
  }

  await t.test('one signs into a file, the other sees the whole of it and puts it in force', async (t) => {
    write('10', 'grep -q muster /etc/motd');
    t.match(await anna.run(`apply -f ${policies} --yes`), {
      code: 4,
      err: /which two sign in mode hardened: .*--out plan\.json.*--with plan\.json.*\(E_QUORUM\)/,
    });
    const file = await sign("--reason 'a text for all'");
    t.match(await anna.run('policy list'), { code: 0, out: '' }, 'nothing is in force');
    t.match(await berta.run(`apply --with ${file}`), { code: 2, err: /E_CONFIRM/ });
    const { out, err } = await berta.done(t, `apply --with ${file} --yes`);
    t.match(err, 'grep -q muster /etc/motd', 'the script in full');
    t.match(err, 'Signed by anna: a text for all');
    t.equal(out, 'Set 1 is in force: 1 policy.\n');
    t.match((await anna.done(t, `plan -f ${policies}`)).out, /Nothing|no change/i);
  });

  await t.test(
    'not by the same person, not twice, not altered, and not when something has moved',
    async (t) => {
      write('20', 'grep -q muster /etc/motd');
      const file = await sign();
      t.match(await anna.run(`apply --with ${file} --yes`), {
        code: 2,
        err: /anna has signed this already; somebody else must/,
      });
      t.match(await anna.run(`apply -f ${policies} --out ${file} --yes`), {
        code: 1,
        err: /is there already/,
      });

      const plan = JSON.parse(readFileSync(file, 'utf8'));
      const spoil = (name: string, change: (copy: typeof plan) => void): string => {
        const copy = structuredClone(plan);
        change(copy);
        const path = anna.file(name);
        writeFileSync(path, typeof copy === 'string' ? copy : JSON.stringify(copy));
        return path;
      };
      const payload = (text: string, from: string, to: string) =>
        Buffer.from(Buffer.from(text, 'base64url').toString().replace(from, to)).toString('base64url');
      const spoiled: readonly (readonly [string, (copy: typeof plan) => void, RegExp])[] = [
        [
          'rule.json',
          ({ policies: [one] }) => {
            one.payload = payload(one.payload, '"20"', '"99"');
          },
          /E_SIG|E_ROLE/,
        ],
        [
          'reason.json',
          ({ set }) => {
            set.payload = payload(set.payload, 'muster apply', 'nothing at all');
          },
          /E_SIG/,
        ],
        [
          'less.json',
          (copy) => {
            copy.policies = [];
          },
          /E_PLAN_MOVED/,
        ],
        [
          'more.json',
          (copy) => {
            copy.policies.push(copy.set);
          },
          /E_SCHEMA|E_TYPE|E_FILE|E_POLICY/,
        ],
        [
          'form.json',
          (copy) => {
            copy.v = 2;
          },
          /E_FILE/,
        ],
        [
          'bare.json',
          (copy) => {
            copy.set = {};
          },
          /E_FILE/,
        ],
      ];
      for (const [name, change, code] of spoiled)
        t.match(await berta.run(`apply --with ${spoil(name, change)} --yes`), { err: code }, name);
      writeFileSync(anna.file('text.json'), 'no json');
      t.match(await berta.run(`apply --with ${anna.file('text.json')} --yes`), { code: 1, err: /E_FILE/ });
      t.match(await berta.run(`apply --with ${anna.file('none.json')} --yes`), {
        code: 1,
        err: /cannot be read.*E_FILE/,
      });
      t.match(await berta.run(`apply --with ${file} -f ${policies}`), {
        code: 2,
        err: /cannot be used with/,
      });

      await berta.done(t, `apply --with ${file} --yes`);
      t.match(
        await berta.run(`apply --with ${file} --yes`),
        { code: 4, err: /E_PLAN_MOVED/ },
        'a second time',
      );
      write('30', 'grep -q muster /etc/motd');
      const first = await sign();
      write('40', 'grep -q muster /etc/motd');
      const second = await sign();
      await berta.done(t, `apply --with ${second} --yes`);
      t.match(await berta.run(`apply --with ${first} --yes`), {
        code: 4,
        err: /the first person signed.*sign it again, both of you.*\(E_PLAN_MOVED\)/,
      });
      t.match((await anna.done(t, 'policy show base')).out, 'vm.swappiness');
    },
  );

  await t.test(
    'waves that the first asked for are kept, and what needs one signature may have two',
    async (t) => {
      writeFileSync(
        policies,
        'policy: base\ntitle: T\nowner: anna\nrules:\n  - id: swap\n    title: Swap\n    sysctl: { key: vm.swappiness, value: "50" }\n',
      );
      const file = await sign('--waves 50,100 --soak 1h');
      const { err } = await berta.done(t, `apply --with ${file} --yes`);
      t.match(err, /It goes out in waves/);
    },
  );
});
