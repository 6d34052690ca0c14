// Keys, persons and the trust document as people use them: the command line against a real server, two workstations.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeFolder, startTestServer } from '../support/server.ts';
import { FILE_PATIENCE_MS } from '../support/wait.ts';
import { hostCommand, makeWorkstation, signIn } from '../support/workstation.ts';

t.setTimeout(FILE_PATIENCE_MS);

t.test(
  'out of quick start alone, then with a second person: each step shown, signed, refused where it must be',
  async (t) => {
    const server = await startTestServer(t);
    const { url, dataDir } = server;
    const anna = await makeWorkstation(t, 'anna');
    const berta = await makeWorkstation(t, 'berta');
    const token = (await hostCommand(`token --name me --data-dir ${dataDir}`)).out.trim();
    await signIn(t, anna, { url, dataDir, token });
    t.match(JSON.parse((await anna.done(t, 'whoami --json')).out), { mode: 'quickstart' });
    t.match((await anna.done(t, 'whoami')).out, /Person +First signer \(admin\)/);
    t.match((await anna.done(t, 'trust show')).out, /Still soft/);

    const keys = join(dataDir, 'keys');
    const unasked = await anna.run(`trust harden --keys ${keys}`);
    t.match(unasked, { code: 2, err: /E_CONFIRM/ }, 'without a person to ask nothing is signed');
    t.equal((await server.call<{ version: number }>('/api/v1/trust')).body.version, 1);
    t.match(
      await anna.run('keys new --name root'),
      {
        code: 1,
        err: /there is a file of that name already.*E_FILE/,
      },
      'no key file is ever written over',
    );
    t.match(
      (await anna.run(`trust harden --keys ${keys}`)).err,
      /The key root is there already[\s\S]*E_CONFIRM/,
      'what was broken off can be run again',
    );
    for (const name of ['root', 'admin']) {
      const path = anna.file(`muster/keys/${name}.key.json`);
      t.equal(statSync(path).mode & 0o777, 0o600);
      t.match(JSON.parse(readFileSync(path, 'utf8')), {
        v: 1,
        protection: { kind: 'scrypt-aes-256-gcm', n: 131_072, r: 8, p: 1 },
      });
      t.notMatch(readFileSync(path, 'utf8'), 'seed');
    }
    copyFileSync(join(keys, 'root.pem'), anna.file('old-root.pem'));
    const second = await makeWorkstation(t, 'anna-again');
    await signIn(t, second, { url, dataDir, token });
    const hard = await second.done(t, `trust harden --keys ${keys} --id anna --name 'Anna Adler' --yes`);
    t.match(hard.err, /The mode becomes solo.*\n.*root key .* is no root key any more/);
    t.match(hard.err, /anna \(Anna Adler, person\) becomes a signer/);
    t.match(hard.err, 'version 2 is in force, mode solo');
    t.notOk(
      existsSync(join(keys, 'root.pem')) || existsSync(join(keys, 'signer.pem')),
      'the old keys are gone',
    );
    const shown = await second.done(t, 'trust show');
    t.match(shown.out, /Mode +solo/);
    t.match(shown.out, /anna +Anna Adler +person/);
    t.match(await second.run(`trust harden --keys ${keys} --yes`), {
      code: 2,
      err: /The mode is solo already/,
    });

    const refused = await second.run(
      `trust set-class power.reboot destructive --yes --root-key ${anna.file('old-root.pem')}`,
    );
    t.match(
      refused,
      { code: 2, err: /is no root key of the organization.*E_NO_KEY/ },
      'the old root key is worth nothing',
    );
    const wrong = await second.run('trust set-class power.reboot destructive --yes', {
      env: { MUSTER_PASSPHRASE_FILE: anna.file('old-root.pem') },
    });
    t.match(wrong, {
      code: 1,
      err: /^(?:.*\n)*The passphrase does not open this key; type it again\. \(E_PASSPHRASE\)\n$/,
    });
    t.match(
      (await second.done(t, 'trust set-class power.reboot destructive --yes')).err,
      /power\.reboot counts as destructive\./,
    );
    t.match(await second.run('trust set-class device.wipe routine --yes'), {
      code: 4,
      err: /would lower it/,
    });

    t.match(
      (await second.done(t, "persons add 'Berta Berg' --id berta --role admin")).out,
      /berta +Berta Berg +admin +no/,
    );
    const made = await second.done(t, 'persons token berta --expires 1h');
    await signIn(t, berta, { url, dataDir, token: made.out.trim() });
    t.match(await berta.run('trust add-signer berta --mode hardened --yes'), {
      code: 2,
      err: /No key is registered/,
    });
    await berta.done(t, 'keys new');
    await berta.done(t, 'persons add-key');
    const own = JSON.parse((await berta.done(t, 'keys show me --json')).out);
    t.match(await berta.run('trust add-signer berta --mode hardened --yes'), {
      code: 2,
      err: /No root key is at hand/,
    });
    t.match(await second.run('trust add-signer berta --yes'), {
      code: 4,
      err: /solo needs exactly one approver/,
    });
    const added = await second.done(t, 'trust add-signer berta --mode hardened --yes');
    t.match(added.err, own.keyid, 'the fingerprint to be compared is shown');
    t.match(added.err, /mode hardened/);
    t.match((await berta.done(t, 'whoami')).out, /Person +Berta Berg \(berta\), signs as berta/);
    t.match((await berta.done(t, 'persons')).out, /berta +Berta Berg +admin +yes/);

    await t.test(
      'two root keys: the first signs into a file, the second adds his, then it is in force',
      async (t) => {
        const change = join(second.home, 'change.json');
        await second.done(t, 'trust rotate root --add --name root-two --threshold 2 --yes');
        copyFileSync(second.file('muster/keys/root-two.key.json'), berta.file('root-two.key.json'));
        const lone = await second.run(`trust set-class file.fetch code --yes --root-key root`);
        t.match(lone, { code: 2, err: /More root keys must sign this/ });
        const half = await second.done(
          t,
          `trust set-class file.fetch code --yes --root-key root --out ${change}`,
        );
        t.match(half.err, 'needs more root signatures');
        t.match(await second.run(`trust submit ${change}`), { code: 2, err: /Signatures are missing/ });
        const signed = await berta.run(
          `trust sign ${change} --yes --root-key ${berta.file('root-two.key.json')}`,
          {
            env: { MUSTER_PASSPHRASE_FILE: second.file('passphrase') },
          },
        );
        t.match(signed, { code: 0, err: /file\.fetch counts as code\.[\s\S]*has all signatures it needs/ });
        t.match((await second.done(t, `trust submit ${change}`)).err, 'is in force');
        t.match(
          await second.run(`trust submit ${change}`),
          { code: 4, err: /E_ROLLBACK|E_TRUST/ },
          'only once',
        );
      },
    );

    await t.test(
      'the server gets another key, a signer loses one, and the root key is carried away',
      async (t) => {
        t.match(
          (await second.done(t, 'trust rotate server --yes')).err,
          /server key .* is not believed any more/,
        );
        await berta.done(t, 'keys new --name laptop-two');
        await berta.done(t, 'persons add-key --key laptop-two');
        t.match((await second.done(t, 'trust add-key berta --yes')).err, /berta gets the key/);
        t.match(
          (await second.done(t, `trust remove-key berta ${own.keyid} --yes`)).err,
          /berta loses the key/,
        );
        const stick = second.file('stick.json');
        await second.done(t, `trust export-root ${stick} --remove --yes`);
        t.notOk(existsSync(second.file('muster/keys/root.key.json')));
        t.match(
          await second.done(
            t,
            `trust remove-signer berta --mode solo --yes --root-key ${stick} --root-key root-two`,
          ),
          { err: /berta \(Berta Berg\) is no signer any more/ },
        );
      },
    );

    await t.test('a server that shows another chain than before is found out', async (t) => {
      const other = await startTestServer(t);
      const stranger = (await hostCommand(`token --name me --data-dir ${other.dataDir}`)).out.trim();
      await signIn(t, second, { url: other.url, dataDir: other.dataDir, token: stranger });
      await second.done(t, 'trust show');
      const folder = second.file('muster');
      const name = createHash('sha256').update(other.url).digest('hex').slice(0, 16);
      const memory = join(folder, `trust-${name}.json`);
      t.match(JSON.parse(readFileSync(memory, 'utf8')), { version: 1 });
      writeFileSync(memory, JSON.stringify({ genesis: 'A'.repeat(43), version: 1, hash: 'A'.repeat(43) }));
      t.match(await second.run('trust show'), {
        code: 1,
        err: /do not follow those this terminal has seen.*E_TRUST_CHANGED/,
      });
      for (const damaged of ['', '{"genesis":1}']) {
        writeFileSync(memory, damaged);
        const damage = { code: 1, err: new RegExp(`cannot be read from ${memory}.*E_FILE`) };
        t.match(await second.run('trust show'), damage, 'what is damaged is not forgotten');
      }
    });
  },
);

t.test('a server whose root and signer keys were never on it', async (t) => {
  const dataDir = await makeFolder(t, 'solo');
  const anna = await makeWorkstation(t, 'anna');
  const settings = `--data-dir ${dataDir} --port 0 --public-url https://127.0.0.1:1`;
  const request = await hostCommand(`init ${settings}`);
  t.equal(request.code, 0, request.err);
  writeFileSync(anna.file('server.json'), request.out);
  await t.rejects(startTestServer(t, { dataDir }), { code: 'E_GENESIS' }, 'it waits');
  const key = JSON.parse((await anna.done(t, 'keys new --name second --no-passphrase --json')).out).publicKey;
  const genesis = anna.file('genesis.json');
  t.match(await anna.run(`init --server ${anna.file('server.json')} --mode hardened --out ${genesis}`), {
    code: 2,
    err: /two persons sign/,
  });
  const init = await anna.done(
    t,
    `init --server ${anna.file('server.json')} --mode hardened --id anna --signer berta=${key} --out ${genesis}`,
  );
  t.match(init.err, /anna \(anna\) may ask for commands, approve/);
  const placed = await hostCommand(`init ${settings} --genesis ${genesis}`);
  t.match(placed, { code: 0, out: /mode hardened/ }, placed.err);
  const server = await startTestServer(t, { dataDir });
  t.match((await server.call('/api/v1/trust')).body, { mode: 'hardened', version: 1 });
  t.notOk(existsSync(join(dataDir, 'keys', 'root.pem')) || existsSync(join(dataDir, 'keys', 'signer.pem')));
  const token = (await hostCommand(`token --name me --person berta --data-dir ${dataDir}`)).out.trim();
  await signIn(t, anna, { url: server.url, dataDir, token });
  t.match((await anna.done(t, 'whoami')).out, /Person +berta \(berta\), signs as berta/);
  t.match(await hostCommand(`token --name me --person carl --data-dir ${dataDir}`), {
    code: 1,
    err: /There is no person carl; there are anna, berta/,
  });
});
