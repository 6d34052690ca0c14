// Proves that mail arrives: a real server process, a device that says an alert, and a real SMTP server that is not there at first.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import t, { type Test } from 'tap';
import { enrollDevice, openDevice } from '../fleet/device.ts';
import { findFreePort } from '../support/processes.ts';
import { makeAlert } from '../support/report.ts';
import { prepareServer } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const PASSWORD = 'correct horse';

interface Mail {
  readonly user: string;
  readonly isSecure: boolean;
  readonly to: readonly string[];
  readonly text: string;
}

/** An SMTP server that takes mail from who signs in over TLS, and notes it. */
async function openMailServer(t: Test, { port, folder }: { port: number; folder: string }) {
  const received: Mail[] = [];
  const server = new SMTPServer({
    key: await readFile(join(folder, 'server.key')),
    cert: await readFile(join(folder, 'server.pem')),
    onAuth({ username = '', password }, _session, done) {
      if (password === PASSWORD) done(null, { user: username });
      else done(new Error('wrong password'));
    },
    onData(stream, { user, secure, envelope }, done) {
      let text = '';
      stream.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      stream.on('end', () => {
        const to = envelope.rcptTo.map(({ address }) => address);
        received.push({ user: String(user), isSecure: secure, to, text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return received;
}

interface Body {
  readonly way: { readonly id: string };
  readonly message: string;
  readonly items: readonly {
    readonly id: string;
    readonly state: string;
    readonly error: string;
    readonly attempts: number;
  }[];
  readonly checks: readonly { readonly id: string; readonly state: string }[];
}

t.test('mail about an alert arrives, although the mail server and the server itself were away', async (t) => {
  const port = await findFreePort();
  let folder = '';
  const server = await prepareServer(t, {
    async prepare(dataDir) {
      folder = dataDir;
      await writeFile(join(dataDir, 'mail-password'), `${PASSWORD}\n`);
      const mail = {
        ...{
          smtpHost: '127.0.0.1',
          smtpPort: port,
          smtpUser: 'muster',
          mailFrom: 'Muster <muster@example.com>',
        },
        smtpPasswordFile: join(dataDir, 'mail-password'),
        // The mail server shows the certificate of the server, whose authority nobody else knows.
        smtpCaFile: join(dataDir, 'tls', 'ca.pem'),
      };
      await writeFile(join(dataDir, 'config.json'), JSON.stringify(mail));
    },
  });
  await server.start();
  const ask = async (method: string, path: string, body?: object) =>
    (await server.call<Body>(`/api/v1/${path}`, { method, ...(body === undefined ? {} : { body }) })).body;
  const { way } = await ask('POST', 'notifications/ways', {
    name: 'On call',
    kind: 'mail',
    to: ['anna@example.com'],
  });
  await ask('POST', 'notifications/rules', {
    ...{ name: 'All', on: null, severities: ['critical', 'warning'], ways: [way.id], tellEnds: true },
    ...{ waitSeconds: 0, everySeconds: 60, quiet: null, enabled: true },
  });
  const device = await enrollDevice(server.url, await server.enrollmentToken(1), { hostname: 'web-01' });
  const wire = await openDevice(server.url, device);
  wire.send(makeAlert(1, 'system.filesystem.utilization{/}'));
  const log = async () => (await ask('GET', 'notifications/messages')).items;
  const failed = await until('the first attempt fails', async () =>
    (await log()).find(({ attempts }) => attempts > 0),
  );
  t.match(failed, { state: 'waiting', error: /ECONN/ });
  t.match(
    (await ask('GET', 'checks')).checks.find(({ id }) => id === 'mail'),
    { state: 'bad' },
  );
  wire.socket.close();
  await server.kill();

  const received = await openMailServer(t, { port, folder: join(folder, 'tls') });
  await server.start();
  await until('mail arrives', () => received.length > 0);
  const [mail] = received;
  t.match(mail, { user: 'muster', isSecure: true, to: ['anna@example.com'] });
  t.match(mail?.text, /Subject: \[Muster\] warning: system\.filesystem\.utilization\{\/\} on web-01/);
  t.match(mail?.text, new RegExp(`Message-ID: <${failed?.id}@example\\.com>`, 'i'));
  await until('the log says so', async () => (await log())[0]?.state === 'sent');
  t.equal((await log()).length, 1, 'one message');
  t.match(
    (await ask('GET', 'checks')).checks.find(({ id }) => id === 'mail'),
    { state: 'good' },
  );

  await writeFile(join(folder, 'mail-password'), 'wrong');
  const { message } = await ask('POST', `notifications/ways/${way.id}/test`);
  const refused = await until('it is refused', async () =>
    (await log()).find(({ id, attempts }) => id === message && attempts > 0),
  );
  t.match(refused, { error: /Invalid login|wrong password/ });
  t.notMatch(server.output(), PASSWORD, 'no password in the log');
});
