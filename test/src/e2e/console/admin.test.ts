// Groups, alerts, enrollment, trust, audit, people and settings in a real browser, by the numbers of the acceptance list.
// @needs chromium
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator } from 'playwright-core';
import t, { type Test } from 'tap';
import { enrollDevice, openDevice } from '../../fleet/device.ts';
import { BROWSER_FILE_MS, noBrowser, startBrowser, type Tab } from '../../support/browser.ts';
import { type ConsoleServer, setUpFirst, startConsoleServer, visitAs } from '../../support/console.ts';
import { makeAlert } from '../../support/report.ts';
import { readCopied, shows } from '../../support/shown.ts';
import { until } from '../../support/wait.ts';

t.setTimeout(BROWSER_FILE_MS);

/** A receiver of webhooks that notes what comes. */
async function openReceiver(t: Test) {
  const received: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      received.push(body);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

/** A server, and its first admin with a browser. */
async function openAdmin(t: Test) {
  // The receiver of webhooks stands on this machine.
  const server = await startConsoleServer(t, ['--webhook-reach', 'local']);
  const browser = await startBrowser(t);
  const anna = await browser.visit({ url: server.site });
  const tab = await setUpFirst(server, anna);
  const join = async (hostname: string, labels: object = {}) => {
    const device = await enrollDevice(server.url, await server.enrollmentToken(1), { hostname });
    const body = { labels };
    await server.call(`/api/v1/devices/${device.id}`, { method: 'PATCH', body });
    return device;
  };
  return { server, browser, anna, tab, join };
}

/** The text as it is seen, with its line breaks; `textContent` would run lines together. */
function read(locator: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: what is not seen must not count
  return locator.innerText();
}

/** What a page is asked to be, in both themes and on a telephone. */
async function lookAt(tab: Tab, name: string, t: Test): Promise<void> {
  await tab.settled();
  t.same(await tab.axe(), [], `axe finds nothing on ${name}`);
  await tab.picture(`admin-${name}`);
}

/** An event that is sealed meanwhile may stand in an answer twice. */
async function countExports(server: ConsoleServer): Promise<number> {
  const { body } = await server.call('/api/v1/audit?act=audit.export');
  return new Set(body.items?.map(({ requestId }) => requestId)).size;
}

async function enroll(server: ConsoleServer, command: string, hostname: string) {
  const token = /^echo (\S+) \|/.exec(command)?.[1] ?? '';
  return enrollDevice(server.url, token, { hostname });
}

t.test(
  'enrollment, groups, alerts and what stands around them',
  { skip: noBrowser, timeout: BROWSER_FILE_MS },
  async (t) => {
    const { server, browser, anna, tab, join } = await openAdmin(t);
    const { page } = tab;
    const go = async (path: string) => {
      await page.goto(server.site + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
    };
    /** What a dialog or a page says, once it says all of it. */
    const says = (t: Test, place: Locator, ...patterns: readonly RegExp[]) =>
      shows(t, () => read(place), patterns);

    await t.test(
      '7, 8, 9: one command, sensible defaults, and the dialog turns when the device is there',
      async (t) => {
        await go('/enrollment');
        await page.getByText('No enrollment tokens yet').waitFor();
        await lookAt(tab, 'enrollment-empty', t);
        await page.getByRole('button', { name: 'Enroll a device' }).first().click();
        const dialog = page.getByRole('dialog');
        t.equal(await dialog.getByLabel('Uses').inputValue(), '1');
        t.equal(
          await dialog
            .getByRole('combobox', { name: 'Expires' })
            .or(dialog.getByLabel('Expires'))
            .first()
            .inputValue(),
          '1 hour',
        );
        t.equal(await dialog.getByLabel('Needs approval').isChecked(), false);
        await lookAt(tab, 'enrollment-new', t);
        await dialog.getByRole('button', { name: 'Make token' }).click();
        const command = (await read(dialog.getByTestId('command'))).trim();
        t.match(command, /^echo mst1\.\S+ \| muster-agent enroll --server https:\/\/\S+ --token-file -$/);
        t.equal(await dialog.getByRole('button', { name: 'Copy command' }).count(), 1, 'one Copy button');
        await dialog.getByRole('button', { name: 'Copy command' }).click();
        t.equal(await readCopied(page, command), command, 'the clipboard holds exactly the command');
        await lookAt(tab, 'enrollment-waiting', t);
        const device = await enroll(server, command, 'web-01');
        const joinedAt = Date.now();
        await dialog.getByText('web-01 has joined').waitFor();
        t.comment(`the dialog turned ${Date.now() - joinedAt} ms after the server had answered the device`);
        await dialog.getByRole('tab', { name: 'Linux, as a service' }).click();
        await says(t, dialog.getByTestId('command'), /runuser -u muster -- .* --state-dir/);
        await dialog.getByRole('tab', { name: 'Linux', exact: true }).click();
        await lookAt(tab, 'enrollment-joined', t);
        await dialog.getByRole('link', { name: 'Show device' }).click();
        await page.waitForURL(`**/devices/${device.id}**`);
      },
    );

    await t.test('9: after five minutes the likely causes are listed', async (t) => {
      const slow = await anna.context.newPage();
      await slow.clock.install();
      await slow.goto(`${server.site}/enrollment?new=yes`);
      await slow.getByRole('button', { name: 'Make token' }).click();
      await slow.getByText('Waiting for the device').waitFor();
      t.equal(await slow.getByText('Likely causes').count(), 0);
      // The five minutes begin a moment after the words are there; what passes before does not count.
      await until('the causes are told', async () => {
        await slow.clock.fastForward('05:01');
        return (await slow.getByText('Likely causes').count()) > 0;
      });
      await says(t, slow.getByRole('dialog'), /does not reach https:/);
      await slow.close();
    });

    await t.test('8: a device that needs approval waits with its fingerprint and is approved', async (t) => {
      await go('/enrollment?new=yes');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Needs approval').click();
      await dialog.getByLabel('Labels').fill('env=prod');
      await page.keyboard.press('Enter');
      await dialog.getByRole('button', { name: 'Make token' }).click();
      const command = await read(dialog.getByTestId('command'));
      const device = await enroll(server, command, 'new-01');
      await dialog.getByText('new-01 waits for approval').waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
      const { body } = await server.call<{ fingerprint: string; labels: object }>(
        `/api/v1/devices/${device.id}`,
      );
      const waiting = page.getByRole('table', { name: 'Waiting for approval' });
      await waiting.getByText(body.fingerprint).waitFor();
      t.same(body.labels, { env: 'prod' });
      await lookAt(tab, 'enrollment', t);
      await waiting.getByRole('button', { name: 'Approve new-01' }).click();
      await waiting.waitFor({ state: 'detached' });
      const after = await server.call<{ state: string }>(`/api/v1/devices/${device.id}`);
      t.equal(after.body.state, 'active');
    });

    const web = await join('web-02', { env: 'prod' });
    await t.test(
      '37, 38: an expression is completed, its fault shown with a caret, and tried on a device',
      async (t) => {
        await go('/groups');
        await page.getByText('No groups yet').waitFor();
        await lookAt(tab, 'groups-empty', t);
        await page.getByRole('button', { name: 'New group' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Production');
        const field = dialog.getByLabel('Expression');
        await field.fill('os.fam');
        await page.getByRole('option', { name: /os\.family/ }).waitFor();
        await field.fill('label("env") = "prod"');
        await field.press('Tab');
        await dialog.getByText(/compare with ==/).waitFor();
        await says(t, dialog, /1:14 \| label\("env"\) = "prod"\n\s+\^/);
        t.equal(await dialog.getByRole('button', { name: 'Make group' }).isDisabled(), true);
        await field.fill('label("env") == "prod" && has(os.name)');
        await field.press('Escape');
        await dialog.getByText('Holds for no device now.').waitFor();
        await dialog.getByLabel('Try it on a device').fill('web-02');
        await page.getByRole('option', { name: 'web-02' }).click();
        await dialog.getByText('says nothing of it').waitFor();
        // With the value that was read.
        await says(t, dialog, /label\("env"\) = "prod"/);
        await lookAt(tab, 'group-new', t);
        await field.fill('label("env") == "prod"');
        await field.press('Escape');
        await dialog.getByText('Holds for 2 devices now. For example new-01, web-02.').waitFor();
        await dialog.getByRole('button', { name: 'Make group' }).click();
        await page.waitForURL(/\/groups\/grp_/);
      },
    );

    await t.test('36: a group shows its members live, and why a device is one', async (t) => {
      await page.getByRole('heading', { name: '2 members' }).waitFor();
      const body = { labels: { env: 'test' } };
      await server.call(`/api/v1/devices/${web.id}`, { method: 'PATCH', body });
      await page.getByRole('heading', { name: '1 member' }).waitFor();
      await page.getByRole('combobox', { name: 'Device', exact: true }).fill('web-02');
      await page.getByRole('option', { name: 'web-02' }).click();
      await page.getByText('web-02 is no member').waitFor();
      await says(t, page.getByRole('main'), /label\("env"\) = "test"/);
      t.match(page.url(), /why=dev_/, 'in the address');
      await page.getByRole('combobox', { name: 'Pick a device by hand' }).fill('web-02');
      await page.getByRole('option', { name: 'web-02' }).click();
      await page.getByRole('button', { name: 'Add to group' }).click();
      await page.getByText('web-02 is a member').waitFor();
      await page.getByText('picked by hand').first().waitFor();
      await lookAt(tab, 'group', t);
      await go('/groups');
      await page.getByRole('link', { name: 'Production' }).waitFor();
      await lookAt(tab, 'groups', t);
    });

    await t.test(
      '55: a way is tried with one button, rules and quiet hours are set, and the log says what was sent',
      async (t) => {
        const receiver = await openReceiver(t);
        await go('/alerts?tab=routing');
        await page.getByText('No ways yet: nobody is told of alerts.').waitFor();
        await page.getByRole('button', { name: 'New way' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByRole('textbox', { name: 'Name' }).fill('Pager');
        await dialog.getByLabel('URL').fill('https://169.254.169.254/x');
        await dialog.getByRole('button', { name: 'Make' }).click();
        await dialog.getByText(/not one that a webhook may go to/).waitFor();
        t.equal(
          await dialog.getByRole('textbox', { name: 'Name' }).inputValue(),
          'Pager',
          'what was typed is kept',
        );
        await dialog.getByLabel('URL').fill(receiver.url);
        await dialog.getByRole('button', { name: 'Make' }).click();
        await dialog.getByText(/^whsec_/).waitFor();
        await lookAt(tab, 'way-secret', t);
        await dialog.getByRole('button', { name: 'Done' }).click();
        await page.getByRole('button', { name: 'Test: send a trial to Pager' }).click();
        await page.getByText('Trial has arrived').waitFor();
        t.match(JSON.parse(receiver.received[0] ?? ''), { type: 'muster.test', data: { by: 'Anna Ahlers' } });

        await page.getByRole('button', { name: 'New rule' }).click();
        await dialog.getByRole('textbox', { name: 'Name' }).fill('All');
        await dialog.getByLabel('Gather for, seconds').fill('0');
        await dialog.getByRole('switch', { name: 'Quiet hours' }).click();
        await dialog.getByLabel('But tell critical ones').waitFor();
        await lookAt(tab, 'rule', t);
        await dialog.getByRole('button', { name: 'Make' }).click();
        await page.getByText('quiet 22:00–07:00').waitFor();
        await page.getByRole('button', { name: 'New pause' }).click();
        await dialog.getByLabel('Why').fill('new disks');
        await dialog.getByLabel('Devices').fill('hostname == "other"');
        await dialog.getByLabel('Why').click();
        await dialog.getByRole('button', { name: 'Make' }).click();
        await page.getByRole('button', { name: 'End now: new disks' }).waitFor();
        await lookAt(tab, 'routing', t);

        const wire = await openDevice(server.url, web);
        wire.send({ ...makeAlert(1, 'system.filesystem.utilization{/}'), severity: 'critical' });
        await until('the receiver is told', () => receiver.received.length === 2);
        t.match(JSON.parse(receiver.received[1] ?? ''), {
          data: { alerts: [{ hostname: 'web-02', state: 'firing' }] },
        });
        await go('/alerts');
        await page.getByRole('link', { name: 'web-02' }).waitFor();
        await lookAt(tab, 'alerts', t);
        wire.send({ ...makeAlert(2, 'system.filesystem.utilization{/}'), state: 'cleared' });
        await page.getByRole('radiogroup', { name: 'Show' }).getByText('open').click();
        await page.getByText('No alerts').waitFor();
        t.match(page.url(), /state=open/);
        await page.getByRole('tab', { name: 'Messages' }).click();
        await page.getByText('Trial message for Pager').waitFor();
        await lookAt(tab, 'messages', t);
        await page.getByRole('tab', { name: 'Limits' }).click();
        await page.getByText('disk_full').waitFor();
        await lookAt(tab, 'limits', t);
        wire.socket.close();
      },
    );

    await t.test('4: set-up checks have marks and remedies', async (t) => {
      await go('/settings');
      await page.getByText(/The embedded PostgreSQL [\d.]+ answers/).waitFor();
      const checks = [/Database/, /Clock/, /Certificate/, /Disk/, /Mail/, /Root key/];
      const remedies = [/worth a look\s+Mail[\s\S]*Set smtpHost/, /Root key\s+It lies beside the server/];
      await says(t, page.getByRole('main'), ...checks, ...remedies);
      await lookAt(tab, 'settings', t);
      await page.getByText('Deutsch').click();
      await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
      await lookAt(tab, 'settings-de', t);
      await page.getByText('English').click();
      await page.getByRole('heading', { name: 'Settings' }).waitFor();
    });

    await t.test('trust shows signers and keys, and every step as a command with Copy', async (t) => {
      await go('/trust');
      await page.getByText('quick start', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Copy the command' }).first().click();
      t.equal(await readCopied(page, 'muster trust harden'), 'muster trust harden');
      t.equal(await page.getByRole('main').locator('form').count(), 0, 'nothing can be changed here');
      // What says "Copied" lies over the page, outside of its landmarks.
      await page.mouse.move(0, 0);
      await page.getByRole('tooltip').waitFor({ state: 'detached' });
      await lookAt(tab, 'trust', t);
    });

    await t.test('52: sessions are listed with their end, people are added and invited', async (t) => {
      await go('/people');
      await page.getByRole('main').getByRole('button', { name: 'Anna Ahlers' }).click();
      const drawer = page.getByRole('dialog');
      await drawer.getByText('this one').waitFor();
      await lookAt(tab, 'person', t);
      await drawer.getByRole('button', { name: 'Close' }).click();
      await drawer.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'New person' }).click();
      await page.getByRole('dialog').getByRole('textbox', { name: 'Name', exact: true }).fill('Berta Blum');
      await page.getByRole('button', { name: 'Add person' }).click();
      await drawer.getByRole('button', { name: 'Invite by a link' }).click();
      await drawer.getByText(/https:\/\/\S+\/setup#/).waitFor();
      await drawer.getByRole('button', { name: 'Disable Berta Blum' }).waitFor();
      await drawer.getByRole('button', { name: 'Close' }).click();
      await drawer.waitFor({ state: 'detached' });
      await lookAt(tab, 'people', t);
    });

    await t.test('12: the audit is narrowed by the address, and reload keeps it', async (t) => {
      await go('/audit');
      await page.getByText('group.make').first().waitFor();
      await lookAt(tab, 'audit', t);
      await page.getByRole('button', { name: 'group.make' }).click();
      await page.waitForURL(/act=group\.make/);
      await page.reload();
      await page.getByRole('button', { name: 'group.make' }).waitFor();
      await tab.settled();
      t.equal(await page.getByRole('button', { name: 'notification.make' }).count(), 0);
      await says(t, page.getByRole('main'), /muster-verify audit\.jsonl --trust-hash \S{43}/);
    });

    await t.test('the whole audit is saved by whoever is there, and by nobody else', async (t) => {
      await go('/audit');
      await server.query((sql) => sql`UPDATE signin_session SET proven_at = now() - interval '1 hour'`);
      const choose = async () => {
        await page.getByRole('button', { name: 'Export all' }).click();
        await page.getByRole('menuitem', { name: 'As JSON, for muster-verify' }).click();
      };
      const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
      await choose();
      await dialog.getByRole('button', { name: 'Use a passkey' }).waitFor();
      await lookAt(tab, 'audit-proof', t);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      t.equal(await countExports(server), 0, 'nothing was taken');
      await choose();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        dialog.getByRole('button', { name: 'Use a passkey' }).click(),
      ]);
      t.match(download.suggestedFilename(), /^audit-1-\d+\.json$/);
      const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n');
      t.match([JSON.parse(lines[0] ?? ''), JSON.parse(lines.at(-1) ?? '')], [{ t: 'audit' }, { t: 'end' }]);
      const [again] = await Promise.all([page.waitForEvent('download'), choose()]);
      t.match(again.suggestedFilename(), /^audit-1-/, 'the proof holds for a while');
      t.equal(await countExports(server), 2);
    });

    await t.test('43, 44, 50: dark, and at 360 px, every page is whole and axe finds nothing', async (t) => {
      const { body } = await server.call<{ groups: readonly { id: string }[] }>('/api/v1/groups');
      const group = `/groups/${body.groups[0]?.id}`;
      const paths = [
        '/groups',
        group,
        '/alerts',
        '/alerts?tab=routing',
        '/enrollment',
        '/trust',
        '/audit',
        '/people',
        '/settings',
      ];
      for (const [name, wish] of [
        ['dark', { colorScheme: 'dark' }],
        ['narrow', { width: 360, height: 740 }],
      ] as const) {
        const visitor = await visitAs(browser, anna, { url: server.site, ...wish });
        for (const path of paths) {
          const one = await visitor.open(path);
          await one.settled();
          const isWide = await one.page.evaluate<boolean>(
            'document.documentElement.scrollWidth > document.documentElement.clientWidth',
          );
          t.equal(isWide, false, `${path} does not scroll sideways`);
          await lookAt(one, `${name}-${path.replace(/\W+/g, '-').slice(1, 24)}`, t);
          t.same([...one.complaints, ...one.foreign], [], path);
          await one.page.close();
        }
      }
    });

    t.same([...tab.complaints], [], 'no page complained');
    t.same([...tab.foreign], [], '51: nothing outside was asked for');
  },
);
