// Tests of everything the command line draws, against golden texts: for pipes, and for terminals of two widths.
import t from 'tap';
import type { Job } from '../api/types.ts';
import type { ValuedFact } from '../jobs/device-facts.ts';
import type { Canvas } from '../output/canvas.ts';
import { plainCanvas } from '../output/canvas.ts';
import { joinParts, matchGolden } from '../testing/golden.ts';
import * as inventories from '../testing/inventory-samples.ts';
import * as orders from '../testing/orders.ts';
import * as samples from '../testing/samples.ts';
import { drawAlerts } from './alerts.ts';
import { drawDifferences, drawTimeline } from './changes.ts';
import { drawCommand } from './command.ts';
import { drawBody, drawContent, drawContents } from './content.ts';
import { drawDevice, pickHistory } from './device.ts';
import {
  type DeviceColumnName,
  deviceColumnNames,
  drawDevices,
  fieldsOf,
  formatLabels,
  usualColumns,
} from './device-list.ts';
import { drawDeviceFacts } from './facts.ts';
import { drawHalts } from './halts.ts';
import { drawLive, drawRows, drawSection, drawSections, drawSoftware } from './inventory.ts';
import { describeEnd, drawJobState, drawJobs, drawRuns } from './jobs.ts';
import { drawHistory, drawPoints, drawSeriesList, writeCsv } from './metrics.ts';
import { describeQuestion, drawHolders, drawVersions, summarizeHolders } from './software.ts';
import { describeNewToken, drawTokens } from './tokens.ts';
import { applyKey, drawRanking, drawTop, sortRows, type TopState, visibleRows } from './top.ts';
import { drawSignIn } from './trust.ts';

process.env.TZ = 'UTC';

const { nowMs, web, pending, clone, hostile, latest } = samples;
const devices = [web, pending, clone, hostile];
const noLive = () => null;

const [, , heldJob = orders.jobOf({}), lastJob = heldJob] = orders.jobs;
const waiting = { signers: ['anna'], needed: 2, state: 'awaiting-signatures' };
const factOf = (more: Partial<ValuedFact>): ValuedFact => ({
  ...{ name: 'os.family', type: 'string', source: 'device', description: '', value: null },
  ...more,
});
const deviceFacts = [
  factOf({ value: 'debian' }),
  factOf({ name: 'cpu.count', type: 'int', value: 4 }),
  factOf({ name: 'virtual', type: 'bool', value: true }),
  factOf({ name: 'system.serial' }),
  factOf({ name: 'enrolled_at', type: 'timestamp', source: 'server', value: samples.before(0) }),
  factOf({ name: 'label("note")', source: 'server', value: hostile.hostname }),
];

/** Every picture on a canvas, by name. */
function drawAll(canvas: Canvas): Record<string, string> {
  const small = { ...samples.range, count: 3, series: samples.range.series.slice(0, 2) };
  const details = { device: web, latest, history: samples.range, alerts: samples.alerts.slice(0, 1) };
  const empty = { device: hostile, latest: null, history: null, alerts: [] };
  return {
    devices: drawDevices(devices, { columns: usualColumns, nowMs }, canvas),
    'devices, chosen columns': drawDevices(
      devices,
      { columns: ['id', 'name', 'reboot', 'model', 'fingerprint'], nowMs },
      canvas,
    ),
    device: drawDevice(details, { nowMs, hours: 12 }, canvas),
    'device that lies and has sent nothing': drawDevice(empty, { nowMs, hours: 1 }, canvas),
    'device with a wrong clock': drawDevice({ ...empty, device: clone }, { nowMs, hours: 6 }, canvas),
    sections: drawSections(inventories.inventory, nowMs, canvas),
    section: drawSection(inventories.mounts, nowMs, canvas),
    'section of one row': drawSection(inventories.osVersion, nowMs, canvas),
    'section this version does not know': drawSection(inventories.unknownSection, nowMs, canvas),
    'section without data': drawSection(
      { ...inventories.mounts, items: [], outcome: 'no-data', reason: 'There is none.' },
      nowMs,
      canvas,
    ),
    'section with a fault': drawSection(
      { ...inventories.mounts, items: [], outcome: 'error', reason: 'No permission.' },
      nowMs,
      canvas,
    ),
    'section without rows': drawSection({ ...inventories.mounts, items: [] }, nowMs, canvas),
    'live section': drawLive(inventories.processes, canvas),
    software: drawSoftware(inventories.software, canvas),
    timeline: drawTimeline(inventories.timeline, false, canvas),
    differences: drawDifferences(inventories.differences, false, canvas),
    'differences, all rows': drawDifferences(inventories.differences, true, canvas),
    holders: drawHolders(inventories.holders.items, canvas),
    versions: drawVersions(inventories.holders.versions, canvas),
    tokens: drawTokens(samples.tokens, nowMs, canvas),
    alerts: drawAlerts(samples.alerts, { nowMs, withDevice: true }, canvas),
    history: drawHistory(pickHistory(samples.range), canvas),
    points: drawPoints(small, canvas),
    series: drawSeriesList(samples.seriesList.items, canvas),
    'sign-in': drawSignIn(
      samples.trust,
      { url: 'https://127.0.0.1:8443', profile: '/etc/profile.json', person: samples.person },
      canvas,
    ),
    'sign-in, hardened': drawSignIn(
      { ...samples.trust, mode: 'hardened', soft: [] },
      { url: 'https://m:1', profile: null, person: null },
      canvas,
    ),
    jobs: drawJobs(orders.jobs, nowMs, canvas),
    'state of a job': drawJobState(lastJob, canvas),
    'state of a job that is held': drawJobState(heldJob, canvas),
    runs: drawRuns(orders.runs, canvas),
    'many runs': drawRuns([...orders.runs, ...orders.runs, ...orders.runs], canvas),
    halts: drawHalts(orders.halts, nowMs, canvas),
    'content list': drawContents(Object.values(orders.contents), nowMs, canvas),
    content: drawContent(
      { document: orders.script, digest: orders.contents.approved.digest, ...waiting },
      canvas,
    ),
    'facts of a device': drawDeviceFacts(deviceFacts, canvas),
    ranking: drawRanking(samples.top.items, { nowMs, sort: 'cpu' }, canvas),
  };
}

t.test('what is drawn for a pipe: nothing cut, no color, no escape sequence', async (t) => {
  const parts = drawAll(plainCanvas);
  for (const [name, text] of Object.entries(parts)) {
    t.notMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/, `${name} is safe`);
    t.notMatch(text, /[ \t]$/m, `${name} has no blanks at the end of a line`);
  }
  matchGolden(t, 'src/testing/golden/views.txt', joinParts(parts));
});

t.test('what is drawn for a terminal of 80 columns: no line is longer', async (t) => {
  const parts = drawAll({ width: 80, color: false });
  for (const [name, text] of Object.entries(parts))
    for (const line of text.split('\n'))
      t.ok(
        line.length <= 80 || /^\W*(?:- |Operating|Batter|Filesys|Processes)/.test(line),
        `${name}: ${line}`,
      );
  matchGolden(t, 'src/testing/golden/views-80.txt', joinParts(parts));
});

t.test(
  'labels without room end in …, and are whole with fewer columns or where nothing is cut',
  async (t) => {
    const labels = { rack: 'r'.repeat(30), role: 'web', site: 'frankfurt-am-main', unit: 'u'.repeat(40) };
    const whole = formatLabels(labels);
    const draw = (width: number | null, columns: readonly DeviceColumnName[]) =>
      drawDevices([{ ...web, labels }], { columns, nowMs }, { width, color: false });
    const cut = draw(150, usualColumns);
    t.match(cut, / rack=r+…/);
    t.notMatch(cut, whole);
    t.match(draw(150, ['name', 'labels']), whole);
    t.match(draw(null, usualColumns), whole);
  },
);

t.test('what is signed is never cut, however narrow the terminal', async (t) => {
  const device = {
    id: web.id,
    hostname: 'a-long-host-name-of-a-rack-server.frankfurt.example.com',
    fingerprint: web.fingerprint,
    state: 'online' as const,
  };
  const command = {
    v: 1 as const,
    org: 'org_test',
    cmdId: 'cmd_aaaaaaaaaaaaaaaaaaaaaaaaaa',
    kind: 'file.fetch',
    args: { path: `/srv/${'deep/'.repeat(20)}end.conf`, maxBytes: 1024 },
    targets: { list: [{ id: device.id, hostname: device.hostname, fingerprint: device.fingerprint }] },
    bound:
      'os.family == "debian" and label.role == "web" and label.env == "production" and not reboot.required',
    notBefore: samples.before(0),
    notAfter: samples.before(-3_600_000),
    requester: 'anna',
    reason:
      'Someone asked why the configuration of this machine differs from that of all the others. '.repeat(3),
    trustVersion: 3,
    dryRun: true,
  };
  const trust = { classes: {}, mode: 'hardened' } as unknown as Parameters<typeof drawCommand>[0]['trust'];
  const picture = { command, trust, devices: { shown: [device], offline: 0 } };
  const text = drawCommand(picture, { width: 60, color: false });
  for (const line of text.split('\n')) t.ok(line.length <= 60 || /host-name|[-a-z0-9]{40}/.test(line), line);
  t.notMatch(text, '…', 'nothing is cut');
  const joined = text.replace(/\n +/g, ' ');
  t.match(joined, command.bound);
  t.match(joined, command.reason.trim());
  for (const whole of [command.args.path, device.hostname, device.fingerprint, device.id])
    t.match(text.replace(/\s+/g, ''), whole);
});

t.test('color says nothing that the words do not', async (t) => {
  const plain = drawAll({ width: 120, color: false });
  const colored = drawAll({ width: 120, color: true });
  for (const [name, text] of Object.entries(colored)) {
    t.match(text, /\u001b\[/, `${name} has color`);
    t.equal(text.replace(/\u001b\[\d+m/g, ''), plain[name], `${name} is the same without`);
  }
});

t.test('columns of the list ask the server for what they need and no more', async (t) => {
  t.equal(fieldsOf(['name', 'id']), 'hostname,id');
  t.equal(fieldsOf(['os', 'memory']), 'facts,platform');
  t.equal(deviceColumnNames.length, 16);
});

t.test('sentences count as people do', async (t) => {
  const end = (counts: Record<string, number>, targets: number, state: Job['state'] = 'done') =>
    describeEnd({ counts, targets, state });
  t.equal(end({ succeeded: 1 }, 1), 'It succeeded.');
  t.equal(end({ succeeded: 2 }, 2), 'All 2 devices succeeded.');
  t.equal(end({ failed: 1 }, 1), '1 failed.');
  t.equal(
    end({ succeeded: 4_000, expired: 1 }, 4_001),
    '4,000 succeeded, 1 expired; 1 device did not answer.',
  );
  t.equal(
    end({ unknown: 2, canceled: 1 }, 3, 'canceled'),
    '1 canceled, 2 unknown; 2 devices did not answer; the job was canceled.',
  );
  const trust = { classes: {}, mode: 'solo' } as unknown as Parameters<typeof drawCommand>[0]['trust'];
  const on = (offline: number, targets: typeof orders.command.targets) =>
    /^On .*$/m.exec(
      drawCommand(
        { command: { ...orders.command, targets }, trust, devices: { shown: [], offline } },
        plainCanvas,
      ),
    )?.[0];
  const root = 'r'.repeat(43);
  t.equal(on(0, { root, count: 1 }), 'On 1 device');
  t.equal(on(1, { root, count: 1 }), 'On 1 device, offline now');
  t.equal(on(2, { root, count: 2 }), 'On 2 devices, all of them offline now');
  t.equal(on(1_200, { root, count: 4_312 }), 'On 4,312 devices, 1,200 of them offline now');
  t.equal(drawBody(Buffer.from('a\n')), '  | a');
  t.match(drawBody(Buffer.from('a\n'.repeat(401))), /… 1 more line; /);
  t.match(drawBody(Buffer.from('a\n'.repeat(402))), /… 2 more lines; /);
});

t.test('sentences about software and tokens', async (t) => {
  t.equal(
    summarizeHolders(inventories.holders, describeQuestion('openssl', '<3.0.14')),
    '3 devices have openssl <3.0.14, in 2 versions.',
  );
  t.equal(
    summarizeHolders({ ...inventories.holders, devices: 0, versions: [] }, 'nginx'),
    'No device has nginx.',
  );
  t.equal(
    summarizeHolders(
      { ...inventories.holders, devices: 1, versions: inventories.holders.versions.slice(0, 1) },
      'nginx',
    ),
    '1 device has nginx.',
  );
  const [token] = samples.tokens;
  if (token === undefined) throw new Error('no sample');
  t.equal(
    describeNewToken(token, nowMs),
    'Token "web servers": for 18 devices within 7 h. It lets them in at once. Run this there, as root; it is shown this once:',
  );
  t.match(
    describeNewToken({ ...token, autoApprove: false }, nowMs),
    'Each waits for muster devices approve.',
  );
});

t.test('CSV is what RFC 4180 and a spreadsheet want', async (t) => {
  const [series] = samples.range.series;
  t.ok(series);
  if (series === undefined) return;
  const points = { mean: [0.5, null], max: [1, null] };
  const csv = [
    ...writeCsv({
      from: samples.before(0),
      stepMs: 60_000,
      count: 2,
      series: [
        { ...series, ...points },
        { ...series, ...points, series: 'a{mountpoint=/x,"y"}' },
        { ...series, ...points, series: '=cmd()' },
      ],
    }),
  ].join('');
  t.equal(
    csv,
    'time,system.cpu.busy mean,system.cpu.busy max,"a{mountpoint=/x,""y""} mean","a{mountpoint=/x,""y""} max",\'=cmd() mean,\'=cmd() max\r\n' +
      '2026-11-22T12:00:00.000Z,0.5,1,0.5,1,0.5,1\r\n2026-11-22T12:01:00.000Z,,,,,,\r\n',
  );
});

t.test('rows of an unknown section keep their order and their values', async (t) => {
  t.equal(
    drawRows(
      'nothing_known',
      [
        { b: 1, a: 'x' },
        { b: null, a: 'y' },
      ],
      plainCanvas,
    ),
    'b  a\n1  x\n–  y',
  );
});

t.test('the live table: sorting, keys, paging, and what stands in its head', async (t) => {
  const names = (rows: readonly { readonly hostname: string }[]) => rows.map(({ hostname }) => hostname);
  t.same(
    names(sortRows(samples.top.items, 'cpu')),
    ['app-01', 'web-01', hostile.hostname],
    'the busiest first',
  );
  t.same(names(sortRows(samples.top.items, 'name')), [hostile.hostname, 'app-01', 'web-01']);
  t.same(
    names(sortRows(samples.top.items, 'memory')),
    ['app-01', 'web-01', hostile.hostname],
    'equals by name',
  );
  const now = {
    at: samples.before(0),
    cpuUsedRatio: 0.99,
    memoryUsedRatio: 0.1,
    swapUsedRatio: 0.2,
    diskUsedRatio: 0.3,
  };
  const live = (id: string) => (id === web.id ? now : null);
  t.match(
    sortRows(samples.top.items, 'cpu', live)[0],
    { hostname: 'web-01', cpuUsedRatio: 0.99, loadPerCpu: 0.25 },
    'live values count before heartbeats',
  );

  const [row] = samples.top.items;
  if (row === undefined) throw new Error('no sample');
  const many = Array.from({ length: 50 }, (_, at) => ({
    ...row,
    id: `dev_${at}`,
    hostname: `h${String(at).padStart(2, '0')}`,
  }));
  const start: TopState = {
    top: { at: samples.before(0), online: 70, items: many },
    sort: 'name',
    offset: 0,
    problem: null,
  };
  const press = (state: TopState, ...keys: string[]) =>
    keys.reduce<TopState | null>((at, key) => (at === null ? null : applyKey(at, key, 10)), state);
  t.equal(press(start, 'j', 'j', 'k')?.offset, 1);
  t.equal(press(start, '\u001b[A')?.offset, 0, 'not above the first row');
  t.equal(press(start, ' ', '\u001b[6~', '\u001b[5~')?.offset, 10);
  t.equal(press(start, 'G')?.offset, 40, 'not below the last page');
  t.equal(press(start, 'G', 'm')?.offset, 0, 'a new order begins at the top');
  t.equal(press(start, 'm')?.sort, 'memory');
  t.equal(press(start, 'x'), start, 'other keys do nothing');
  for (const key of ['q', 'Q', '\u0003', '\u001b']) t.equal(press(start, key), null, 'leaves');

  const canvas = { width: 70, color: false };
  const picture = { url: 'https://m:1', nowMs, height: 12, live: noLive };
  t.equal(visibleRows({ ...start, offset: 999 }, 12, noLive).length, 7, 'the last page is full');
  const lines = drawTop({ ...start, offset: 3 }, picture, canvas);
  t.equal(lines.length, 11);
  for (const line of lines) t.ok(line.length <= 70, line);
  matchGolden(
    t,
    'src/testing/golden/top.txt',
    joinParts({
      'before the first answer': drawTop({ ...start, top: null }, picture, canvas).join('\n'),
      'unreachable from the beginning': drawTop(
        { ...start, top: null, problem: 'No. (E_CONNECT)' },
        picture,
        canvas,
      ).join('\n'),
      'a page of many': lines.join('\n'),
      'unreachable now': drawTop(
        { ...start, problem: 'No. (E_CONNECT)' },
        { ...picture, nowMs: nowMs + 65_000 },
        canvas,
      ).join('\n'),
    }),
  );
});
