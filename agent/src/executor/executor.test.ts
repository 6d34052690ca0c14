// Proves a real executor over its socket: commands that run, are refused, stopped, and survive every kill.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readStartTicks } from '../platform/process-table.ts';
import { ann, bob, eve, freshnessOf, haltOf, offerOf, sealTrust } from './testing/documents.ts';
import { createHouse, type Session } from './testing/house.ts';

t.setTimeout(240_000);

const wants = (session: Session) => session.until((message) => message.type === 'content.want');

t.test(
  'a command runs once, is reported until confirmed, and answered from the journal for ever',
  async (t) => {
    const house = await createHouse(t);
    const session = house.start();
    await session.until((message) => message.type === 'ready');
    const offer = house.offer();
    session.send(offer);
    const end = await session.report(offer.cmdId, 'succeeded');
    t.same(
      session.reports(offer.cmdId).map(({ n, state }) => [n, state]),
      [
        [1, 'accepted'],
        [2, 'running'],
        [3, 'succeeded'],
      ],
    );
    t.equal(end.act, 'refresh-inventory');
    t.match(JSON.parse(end.result?.payload ?? ''), {
      cmdId: offer.cmdId,
      state: 'succeeded',
      attempts: 1,
      dryRun: false,
    });
    await session.close();
    const again = house.start();
    const told = await again.report(offer.cmdId, 'succeeded');
    t.equal(told.n, 3, 'the same report, since nobody confirmed it');
    again.send({ type: 'confirm', cmdId: offer.cmdId, n: 3 });
    again.send(offer);
    await again.when(() => again.reports(offer.cmdId).filter(({ n }) => n === 3).length === 2);
    await again.close();
    const third = house.start();
    await third.until((message) => message.type === 'ready');
    third.send(offer);
    const answer = await third.report(offer.cmdId, 'succeeded');
    t.equal(answer.n, 3);
    t.equal(third.reports(offer.cmdId).length, 1, 'it did not run again');
    await third.close();
  },
);

t.test(
  'a script runs as a unit with its environment, and its output is seen live and at the end',
  async (t) => {
    const house = await createHouse(t);
    const session = house.start();
    const { offer, serve } = house.script(
      'echo "for $MUSTER_REQUESTER: $MUSTER_REASON"; echo $PATH $LANG; exit 3',
      {},
      { okExits: [3] },
    );
    session.send(freshnessOf({}));
    session.send(offer);
    await wants(session);
    serve(session);
    const end = await session.report(offer.cmdId, 'succeeded');
    const output = Buffer.from(end.output, 'base64url').toString();
    t.equal(output, 'for ann: a test of the executor\n/usr/sbin:/usr/bin:/sbin:/bin C.UTF-8\n');
    t.match(JSON.parse(end.result?.payload ?? ''), { exit: 3, outputBytes: output.length });
    session.send({ type: 'confirm', cmdId: offer.cmdId, n: end.n });
    const bad = house.script('exit 7');
    session.send(bad.offer);
    await session.when(() => session.said.filter(({ type }) => type === 'content.want').length > 1);
    bad.serve(session);
    const failed = await session.report(bad.offer.cmdId, 'failed');
    t.match(failed, { message: 'The program ended with exit code 7.' });
    await session.close();
  },
);

t.test(
  'each refusal has its code; what is authentic is refused for good, what is not leaves no trace',
  async (t) => {
    const house = await createHouse(t);
    const session = house.start();
    const code = async (offer: ReturnType<typeof house.offer>) => {
      session.send(offer);
      const answer = await session.until(
        (message): message is Extract<typeof message, { cmdId: string; code: string | null }> =>
          (message.type === 'report' || message.type === 'later') && message.cmdId === offer.cmdId,
      );
      return `${answer.type === 'report' ? answer.state : answer.type} ${answer.code}`;
    };
    const privileged = { kind: 'service.restart', args: { name: 'nginx' } };
    t.equal(await code(house.offer(privileged)), 'later E_STALE');
    session.send(freshnessOf({}));
    t.equal(await code(house.offer({ bound: 'os.name == "no such system"' })), 'refused E_TARGET');
    t.equal(
      await code(house.offer({ notAfter: new Date(Date.now() - 1000).toISOString() })),
      'expired E_TIME',
    );
    t.equal(await code(offerOf(house.command({ trustVersion: 2 }), [ann])), 'later E_TRUST');
    t.equal(await code(offerOf(house.command({ requester: 'eve' }), [eve])), 'later E_NOKEY');
    session.send({ type: 'trust.chain', trust: [sealTrust(2)] });
    const byEve = offerOf(house.command({ requester: 'eve', trustVersion: 2 }), [eve]);
    t.equal(await code(byEve), 'accepted null');
    const replayed = offerOf(house.command({ cmdId: byEve.cmdId, reason: 'another' }), [ann]);
    session.send(replayed);
    const refused = await session.report(byEve.cmdId, 'refused');
    t.match(refused, { code: 'E_REPLAY', n: 1, isKept: false });
    const wipe = house.command({ kind: 'device.wipe' });
    t.equal(await code(offerOf(wipe, [ann])), 'refused E_QUORUM');
    session.send(offerOf(wipe, [ann, bob]));
    const waits = await session.report(wipe.cmdId, 'deferred');
    t.equal(waits.code, 'E_COOLOFF', 'a first signature that came too early has not spoiled the order');
    t.equal(
      await code(house.offer({ kind: 'device.lock' })),
      'refused E_LIMIT',
      'one destructive command a day',
    );
    mkdirSync(join(house.stateDir, 'deny.d'));
    writeFileSync(
      join(house.stateDir, 'deny.d', 'own.json'),
      JSON.stringify({ kinds: ['inventory.*'], reason: 'not here' }),
    );
    t.equal(await code(house.offer()), 'refused E_LOCAL_DENY');
    writeFileSync(join(house.stateDir, 'deny.d', 'own.json'), '{');
    t.equal(await code(house.offer()), 'refused E_LOCAL_DENY', 'what cannot be read denies');
    await session.close();
  },
);

t.test('a halt stops what runs and can be stopped, and what waits; a cancellation too', async (t) => {
  const house = await createHouse(t);
  const session = house.start();
  session.send(freshnessOf({ at: Date.now() - 1000 }));
  const { offer, serve } = house.script('echo begun; sleep 60');
  session.send(offer);
  await wants(session);
  serve(session);
  await session.until((message) => message.type === 'output');
  const later = house.offer({ notBefore: new Date(Date.now() + 600_000).toISOString() });
  session.send(later);
  await session.report(later.cmdId, 'deferred');
  session.send(freshnessOf({ canceled: [later.cmdId] }));
  t.match(await session.report(later.cmdId, 'canceled'), { code: 'E_HALTED' });
  session.send(freshnessOf({ at: Date.now() + 1, halts: [haltOf({ what: 'kind', kind: 'script.*' })] }));
  const end = await session.report(offer.cmdId, 'canceled');
  t.equal(Buffer.from(end.output, 'base64url').toString(), 'begun\n');
  const next = house.script('true');
  session.send(next.offer);
  t.match(await session.report(next.offer.cmdId, 'canceled'), { code: 'E_HALTED' });
  t.match((await session.report(next.offer.cmdId, 'canceled')).message, /bob halted this: stop/);
  await session.close();
});

t.test('a body is asked for again in each session, until what needed it is over', async (t) => {
  const house = await createHouse(t);
  const session = house.start();
  session.send(freshnessOf({ at: Date.now() - 1000 }));
  const { offer } = house.script('true');
  session.send(offer);
  await wants(session);
  const asked = () => session.said.filter(({ type }) => type === 'content.want').length;
  session.send({ type: 'online' });
  await session.when(() => asked() === 2);
  session.send(freshnessOf({ canceled: [offer.cmdId] }));
  const { n } = await session.report(offer.cmdId, 'canceled');
  session.send({ type: 'confirm', cmdId: offer.cmdId, n });
  session.send({ type: 'online' });
  // Messages are taken in order: what is answered after it was asked for after it.
  const next = house.offer();
  session.send(next);
  await session.report(next.cmdId, 'succeeded');
  t.equal(asked(), 2);
  await session.close();
});

t.test(
  'an executor that is killed finds its unit again, running or ended, and does not run it twice',
  async (t) => {
    const house = await createHouse(t);
    const marks = join(house.stateDir, 'marks');
    const go = join(house.stateDir, 'go');
    const text = `echo x >> ${marks}; while [ ! -e ${go} ]; do sleep 0.05; done; echo done`;
    const first = house.start();
    const { offer, serve } = house.script(text);
    first.send(freshnessOf({}));
    first.send(offer);
    await wants(first);
    serve(first);
    await first.report(offer.cmdId, 'running');
    await first.when(() => existsSync(marks));
    await first.kill();
    const second = house.start();
    t.match(await second.until((message) => message.type === 'ready'), { openRuns: 1 });
    await second.kill();
    writeFileSync(go, '');
    const third = house.start();
    const end = await third.report(offer.cmdId, 'succeeded');
    t.equal(Buffer.from(end.output, 'base64url').toString(), 'done\n');
    t.equal(readFileSync(marks, 'utf8'), 'x\n');
    t.match(JSON.parse(end.result?.payload ?? ''), { attempts: 1 });
    third.send({ type: 'confirm', cmdId: offer.cmdId, n: end.n });
    await third.when(() => readdirSync(join(house.folder, 'spool')).length === 0);
    await third.close();
  },
);

t.test('a run whose wrapper is killed waits for a person, who orders it again or gives it up', async (t) => {
  const house = await createHouse(t);
  const marks = join(house.stateDir, 'marks');
  for (const action of ['again', 'give-up'] as const) {
    const go = join(house.stateDir, action);
    const session = house.start();
    const { offer, serve } = house.script(`echo $MUSTER_COMMAND >> ${marks}; [ -e ${go} ] || sleep 60`);
    session.send(freshnessOf({}));
    session.send(offer);
    await wants(session);
    serve(session);
    await session.report(offer.cmdId, 'running');
    const claim = join(house.folder, 'spool', `${offer.cmdId}.1`, 'claim');
    await session.when(() => existsSync(marks) && readFileSync(marks, 'utf8').includes(offer.cmdId));
    // The same command on another device of this machine, as in a container: it is not ours to end.
    const env = { MUSTER_COMMAND: offer.cmdId, MUSTER_DEVICE: `dev_${'z'.repeat(26)}` };
    const foreign = spawn('/bin/sleep', ['300'], { stdio: 'ignore', env });
    t.teardown(() => foreign.kill());
    // The program may have written its mark before its wrapper has noted whose child it is.
    const child = join(house.folder, 'spool', `${offer.cmdId}.1`, 'child');
    await session.when(() => existsSync(child));
    rmSync(child);
    process.kill(JSON.parse(readFileSync(claim, 'utf8')).pid, 'SIGKILL');
    t.match(await session.report(offer.cmdId, 'waiting-person'), { code: 'E_INTERRUPTED' });
    if (action === 'again') writeFileSync(go, '');
    const resolve = house.offer({ kind: 'run.resolve', args: { command: offer.cmdId, action } });
    session.send(resolve);
    await session.report(resolve.cmdId, 'succeeded');
    const end = await session.report(offer.cmdId, action === 'again' ? 'succeeded' : 'canceled');
    t.same([foreign.exitCode, foreign.signalCode], [null, null]);
    t.match(JSON.parse(end.result?.payload ?? ''), { attempts: action === 'again' ? 2 : 1 });
    const twice = house.offer({ kind: 'run.resolve', args: { command: offer.cmdId, action } });
    session.send(twice);
    t.match(await session.report(twice.cmdId, 'refused'), { code: 'E_NO_RUN' });
    await session.close();
  }
});

t.test(
  'wherever a crash comes, a script begins once at most, and its run comes to an end or to a person',
  async (t) => {
    const table: readonly [failpoint: string, state: string, marks: string][] = [
      ['run.started', 'succeeded', 'x'],
      ['spool.program', 'succeeded', 'x'],
      ['unit.start', 'succeeded', 'x'],
      ['claim.draft', 'succeeded', 'x'],
      ['claim.synced', 'waiting-person', ''],
      ['exit.draft', 'waiting-person', 'x'],
      ['exit.renamed', 'succeeded', 'x'],
      ['run.ended', 'succeeded', 'x'],
    ];
    for (const [failpoint, state, marks] of table) {
      const house = await createHouse(t);
      const path = join(house.stateDir, 'marks');
      const first = house.start({ MUSTER_FAILPOINT: failpoint });
      const { offer, serve } = house.script(`printf x >> ${path}`);
      first.send(freshnessOf({}));
      first.send(offer);
      await wants(first);
      serve(first);
      // A failpoint of the wrapper leaves the executor alive; that of both ends whoever meets it.
      await Promise.race([first.ended, first.report(offer.cmdId, state).catch(() => null)]);
      await first.kill();
      const second = house.start();
      const end = await second.report(offer.cmdId, state);
      t.ok(end, `${failpoint}: ${state}`);
      t.equal(
        existsSync(path) ? readFileSync(path, 'utf8') : '',
        marks,
        `${failpoint}: begun ${marks.length} times`,
      );
      await second.close();
    }
  },
);

/** A program that waits to be sent a signal, ended with the test whatever comes. */
async function startTarget(t: Test) {
  const target = spawn('/bin/sleep', ['300'], { stdio: 'ignore' });
  t.teardown(() => void target.kill('SIGKILL'));
  const pid = target.pid ?? 0;
  return { target, args: { pid, startTicks: (await readStartTicks(pid)) ?? 0, signal: 'TERM' } };
}

t.test(
  'what a kind changes by its own code is done in a unit, once, with a claim and an outcome',
  async (t) => {
    const house = await createHouse(t);
    const session = house.start();
    session.send(freshnessOf({}));
    const { target, args } = await startTarget(t);
    const offer = house.offer({ kind: 'process.signal', args });
    session.send(offer);
    const end = await session.report(offer.cmdId, 'succeeded');
    t.equal(target.signalCode ?? (await once(target, 'exit'))[1], 'SIGTERM');
    t.match(end.message, /^SIGTERM was sent; it ended\.$/);
    t.match(JSON.parse(end.result?.payload ?? ''), { exit: null, attempts: 1, unchanged: false });
    const files = readdirSync(join(house.folder, 'spool', `${offer.cmdId}.1`));
    t.ok(files.includes('claim') && files.includes('exit.json'), 'as for any other unit');
    await session.close();

    const crashing = house.start({ MUSTER_FAILPOINT: 'run.effect' });
    const other = await startTarget(t);
    const interrupted = house.offer({ kind: 'process.signal', args: other.args });
    crashing.send(interrupted);
    t.match(await crashing.report(interrupted.cmdId, 'waiting-person'), { code: 'E_INTERRUPTED' });
    t.equal(other.target.signalCode, null, 'the wrapper died before, and nobody tried again unasked');
    await crashing.close();
  },
);
