// Tests of following jobs: what is printed of outputs, how following ends, and what is said before anything is signed.
import { encodeBase64url, encodeUtf8 } from '@muster/protocol';
import { COMMAND_TYPE } from '@muster/protocol/commands';
import t, { type Test } from 'tap';
import { createApi } from '../api/client.ts';
import type { Job, Run } from '../api/types.ts';
import { createPrinter } from '../session.ts';
import { web } from '../testing/samples.ts';
import { type Answer, type Asked, startServer } from '../testing/server.ts';
import { createFakeTerminal } from '../testing/terminal.ts';
import { checkArgs } from './check-args.ts';
import { fieldsOf, type Kind, parseArgs, parseKind } from './fields.ts';
import { followJob } from './follow.ts';
import { describeHolding } from './halts-in-force.ts';
import { Outputs } from './outputs.ts';
import { resolveTargets } from './targets.ts';

process.env.TZ = 'UTC';

const id = 'cmd_aaaaaaaaaaaaaaaaaaaaaaaaaa';
const deviceId = 'dev_aaaaaaaaaaaaaaaaaaaaaaaaaa';
const path = `/api/v1/jobs/${id}`;

const command = {
  ...{ v: 1, org: 'org_aaaaaaaaaaaaaaaaaaaaaaaaaa', cmdId: id, kind: 'inventory.refresh', args: {} },
  targets: { list: [{ id: deviceId, hostname: 'vm', fingerprint: web.fingerprint }] },
  ...{ bound: '', notBefore: '2026-11-22T12:00:00.000Z', notAfter: '2026-11-22T13:00:00.000Z' },
  ...{ requester: 'anna', reason: 'why', trustVersion: 1, dryRun: false },
};

const open: Job = {
  id,
  ...{ kind: command.kind, class: 'routine', reason: 'why', requester: 'anna', signers: ['anna'], needed: 1 },
  ...{
    state: 'running',
    held: null,
    dryRun: false,
    notBefore: command.notBefore,
    notAfter: command.notAfter,
  },
  ...{ createdAt: command.notBefore, endedAt: null, madeBy: 'me', targets: 1, counts: { running: 1 } },
  options: { on: null, concurrency: null, batches: [], stopAtFailures: null, dedupeKey: null },
  envelope: {
    payload: encodeBase64url(encodeUtf8(JSON.stringify(command))),
    payloadType: COMMAND_TYPE,
    signatures: [],
  },
} as unknown as Job;
const done: Job = { ...open, state: 'done', endedAt: '2026-11-22T12:10:00.000Z', counts: { succeeded: 1 } };

const runOf = (more: Partial<Run>): Run => ({
  ...{ deviceId, hostname: 'vm', state: 'running', code: null, message: '', exit: null },
  ...{ outputSha256: null, at: null, ...more },
});

const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** A server that goes away. */
const cut: Answer = (_request, response) => response.destroy();

/** Answers a stream of events that then stays open. */
function stream(text: string): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text);
  };
}

async function follow(
  t: Test,
  job: Job,
  answers: Readonly<Record<string, Answer | ((asked: Asked) => Answer)>>,
) {
  const server = await startServer((asked) => {
    const found = answers[asked.path.split('?')[0] ?? ''];
    return typeof found === 'function' && found.length === 1
      ? (found as (asked: Asked) => Answer)(asked)
      : (found as Answer);
  });
  const terminal = createFakeTerminal({ now: () => Date.parse('2026-11-22T12:05:00Z') });
  const api = createApi({ url: server.url, token: 'mat1.test', ca: null });
  t.teardown(async () => {
    await server.stop();
  });
  const session = {
    ...createPrinter(terminal, { json: false, mayAsk: false }),
    ...{ api, url: server.url, keyFolder: null },
  };
  const error = await followJob(session, job, {
    ...{ names: new Map([[deviceId, 'vm']]), waitsForOffline: false, graceMs: 20 },
  }).then(
    () => '',
    (reason: Error) => reason.message,
  );
  return { out: terminal.out(), err: terminal.err(), error, session };
}

t.test('of outputs each byte is printed once, and what is missing is known', (t) => {
  let text = '';
  const outputs = new Outputs(
    (piece) => {
      text += piece;
    },
    () => '',
  );
  t.notOk(outputs.addLive('a', { offset: 0, text: 'one\ntw' }));
  t.notOk(outputs.addLive('a', { offset: 6, text: 'o\n' }));
  t.ok(outputs.addKept('a', { output: 'one\ntwo\nthree', truncated: false }));
  t.equal(text, 'one\ntwo\nthree\n');
  text = '';
  t.ok(outputs.addKept('b', { output: 'all\n', truncated: true }), 'nothing was printed before');
  t.equal(text, 'all\n');
  t.ok(outputs.addLive('c', { offset: 900, text: 'late\n' }), 'the beginning is missing');
  t.notOk(outputs.addLive('c', { offset: 2000, text: 'later\n' }), 'said once');
  t.notOk(outputs.addKept('c', { output: 'x', truncated: false }));
  t.end();
});

t.test('a device that goes away in the middle ends the waiting, and its name is said', async (t) => {
  const { error } = await follow(t, open, {
    [`${path}/events`]: stream(event('progress', { state: 'running', counts: { running: 1 }, held: null })),
    [`${path}/runs`]: { json: { runs: [runOf({})], next: null } },
    [`/api/v1/devices/${deviceId}`]: { json: { id: deviceId, presence: 'offline' } },
    [path]: { json: open },
  });
  t.equal(error, `vm went offline; its run goes on there. muster job ${id} --follow watches it again.`);
});

t.test('a server that restarts is waited for, and the rest of the output is printed', async (t) => {
  let asks = 0;
  const { out, err, error } = await follow(t, open, {
    [`${path}/events`]: (_asked: Asked) => {
      asks += 1;
      if (asks === 1) return cut;
      const progress = { state: 'done', counts: { succeeded: 1 }, held: null };
      const pieces = event('output', { deviceId, offset: 0, text: 'one\n' });
      return stream(`${pieces}${event('progress', progress)}${event('end', progress)}`);
    },
    [`${path}/runs`]: {
      json: { runs: [runOf({ state: 'succeeded', message: 'It is so.', outputSha256: 'x' })], next: null },
    },
    [`${path}/runs/${deviceId}`]: { json: { ...runOf({}), output: 'one\ntwo\n', truncated: false } },
    [path]: { json: done },
  });
  t.equal(error, '');
  t.equal(out, 'one\ntwo\n');
  t.match(err, /trying again/);
  t.match(err, /vm: It is so\.\nIt succeeded\.\n$/);
});

t.test('a dry run says of every device what it would do, and that nothing was changed', async (t) => {
  const progress = { state: 'done', counts: { succeeded: 1 }, held: null };
  const { out, err } = await follow(
    t,
    { ...open, dryRun: true },
    {
      [`${path}/events`]: stream(event('end', progress)),
      [`${path}/runs`]: {
        json: { runs: [runOf({ state: 'succeeded', message: 'It would restart nginx.' })], next: null },
      },
      [path]: { json: { ...done, dryRun: true } },
    },
  );
  t.match(out, /WHAT IT SAYS[\s\S]*It would restart nginx\./);
  t.match(err, /Dry run: nothing was changed\.\n$/);
});

t.test('a halt that holds the command is named with its end; others are not', async (t) => {
  const halt = {
    ...{ state: 'in-force', requester: 'berta', reason: 'wrong mirror', until: '2026-11-22T14:00:00.000Z' },
  };
  const halts = [
    { ...halt, id: 'hlt_a', what: 'kind', scope: 'inventory.*' },
    { ...halt, id: 'hlt_b', what: 'kind', scope: 'package.*' },
    { ...halt, id: 'hlt_c', what: 'all', scope: '', state: 'lifted' },
  ];
  const progress = { state: 'running', counts: { queued: 1 }, held: null };
  const queued = { ...open, counts: { queued: 1 } };
  const { err, error, session } = await follow(t, queued, {
    [`${path}/events`]: stream(event('progress', progress)),
    [`${path}/runs`]: { json: { runs: [runOf({ state: 'queued' })], next: null } },
    [path]: { json: queued },
    '/api/v1/halts': { json: { halts } },
  });
  const sentence =
    'A halt of berta is in force until 2026-11-22 14:00:00 ("wrong mirror"): nothing starts before it ends or somebody lifts it with muster lift hlt_a.';
  t.match(err, sentence);
  t.match(error, /^The device is not reached now; it gets it when it is, until 2026-11-22 13:00:00\./);
  t.equal(await describeHolding(session, { kind: 'inventory.refresh' }), sentence);
  t.equal(await describeHolding(session, { kind: 'power.reboot' }), '');
});

t.test('a text without quotes in an expression is explained', async (t) => {
  // The mistake is found before the server is asked, so no session is needed.
  const complaint = (on: string) =>
    resolveTargets({} as never, { on }).then(
      () => '',
      (error: Error) => error.message,
    );
  t.match(
    await complaint('os.family == debian'),
    /There is no fact "debian".* Write "debian" in quotes if it is a text\. muster facts lists them\.\n/,
  );
  t.match(await complaint('hostnam == "x"'), /^(?!.*in quotes).*muster facts lists them\.\n/);
});

t.test('a parameter that does not fit is explained before anything is signed', async (t) => {
  const complaint = async (kind: Kind, ...words: string[]) => {
    const fields = await fieldsOf(kind);
    try {
      checkArgs(kind, fields, parseArgs(kind, fields, words).args);
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  t.equal(await complaint('file.fetch', 'path=etc/hostname'), 'path is an absolute path, as /etc/hostname.');
  t.equal(await complaint('power.reboot', 'delayMs=2d'), 'delayMs is a span from 0s to 1d.');
  t.equal(await complaint('power.reboot', 'delayMs=5m'), '');
  t.match(await complaint('package.remove'), /^package\.remove needs names=/);
  t.throws(() => parseKind('service.restrat'), {
    message: 'No kind is called service.restrat. Did you mean service.restart? muster kinds lists them.',
  });
});
