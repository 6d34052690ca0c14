// Tests of the dispatcher by itself: what becomes of a wave that is stored as offered when a halt comes in the middle of it.
import type { Command, HaltInForce } from '@muster/protocol/commands';
import t from 'tap';
import { systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import { pause } from '../../core/turns.ts';
import { COMMANDS_CAPABILITY } from '../halts/index.ts';
import { createTestSession } from '../inventory/testing/session.ts';
import { applyOffer, beginDraft, type Change } from './changes.ts';
import { createDispatcher } from './dispatch.ts';
import { type Job, runOf, toOpen } from './job.ts';
import { createOpenJobs } from './open-jobs.ts';
import { makeBlocks, tally } from './states.ts';

const DEVICES = 200;
/** Devices that are sent their offer before the halt. */
const BEFORE = 20;

const kind = 'inventory.refresh';
const command: Command = {
  ...{ v: 1, cmdId: 'cmd_a', org: 'org_a', kind, args: {}, targets: { list: [] }, bound: '' },
  ...{ notBefore: '', notAfter: '', requester: 'anna', reason: '', trustVersion: 1, dryRun: false },
};

/** A job of all devices, none of which has been offered it. */
function makeJob() {
  const idxs = Array.from({ length: DEVICES }, (_, idx) => idx);
  const blocks = makeBlocks(idxs, 'queued');
  const envelope = { payload: '', payloadType: '', signatures: [] };
  const job: Job = {
    ...{ tenant: 1, number: 1, id: command.cmdId, digest: '', kind, commandClass: 'routine', command },
    ...{
      madeBy: 'anna',
      targets: DEVICES,
      notBeforeMs: 0,
      notAfterMs: Number.POSITIVE_INFINITY,
      createdMs: 0,
    },
    options: { on: null, concurrency: null, batches: [], dedupeKey: null, content: [] },
    head: { state: 'running', note: '', stopAt: null, envelope, signers: ['anna'], endedMs: null },
    ...{ blocks, counts: tally(blocks.values()), ns: new Map(), noted: new Set() },
  };
  return { job: toOpen(job), idxs };
}

/** What the writer does with an offer, without a database. */
async function adopt(change: Change): Promise<void> {
  if (change.kind !== 'offer') return;
  const draft = beginDraft(change.job);
  change.moved = applyOffer(draft, change);
  for (const [block, states] of draft.blocks) change.job.blocks.set(block, states);
  change.job.counts = draft.counts;
}

t.test('a halt stops a wave in the middle, and all go on when it is lifted, each once', async (t) => {
  const { job, idxs } = makeJob();
  const halt: { now: HaltInForce | undefined } = { now: undefined };
  const inForce: HaltInForce = {
    ...{ v: 1, haltId: 'hlt_a', org: 'org_a', scope: { what: 'all' }, requester: 'anna', reason: '' },
    ...{ at: '', until: '', trustVersion: 1, dropAtMs: Number.POSITIVE_INFINITY },
  };
  const told: number[] = [];
  const sessions = idxs.map((idx) => ({
    ...createTestSession({ tenant: 1, idx, deviceId: `dev_${idx}` }),
    capability: COMMANDS_CAPABILITY,
    send() {
      told.push(idx);
      if (told.length === BEFORE) halt.now = inForce;
    },
  }));
  const open = createOpenJobs();
  open.add(job);
  const dispatcher = createDispatcher({
    ...{ open, clock: systemClock, log: silentLog },
    writer: { write: adopt, stop: async () => undefined },
    connections: { find: (_tenant, idx) => sessions[idx], count: () => DEVICES },
    halts: { find: () => halt.now, tell: () => undefined },
    trees: { get: () => Promise.reject(new Error('the targets are named')) },
    content: async () => job.head.envelope,
  });
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await pause();
  };
  dispatcher.begin(job);
  await settle();
  t.equal(idxs.filter((idx) => runOf(job, idx) === 'offered').length, DEVICES, 'all are stored as offered');
  t.ok(told.length >= BEFORE && told.length < 2 * BEFORE, 'few are sent');
  // As after any change of halts.
  dispatcher.begin(job);
  await settle();
  t.ok(told.length < 2 * BEFORE, 'it still stands');
  halt.now = undefined;
  dispatcher.begin(job);
  await settle();
  t.same(
    told.toSorted((a, b) => a - b),
    idxs,
  );
});
