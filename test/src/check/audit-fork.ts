// Check `audit-fork`: whoever owns server, database and server key shows one history to some and another to others, shorter or longer, and is found by what devices kept.
import { type Envelope, parseEnvelope } from '@muster/protocol';
import { enrollDevice, openDevice, type SimulatedDevice } from '../fleet/device.ts';
import { makeAgent, type TestAgent } from '../support/agent.ts';
import { findFreePort } from '../support/processes.ts';
import { until } from '../support/wait.ts';
import { type AuditHouse, openAuditHouse } from './audit/house.ts';
import type { Check, CheckContext, Verdict } from './check.ts';

const ACTS = { quick: 24, full: 60, long: 200 } as const;
const ROUNDS = { quick: 1, full: 3, long: 20 } as const;
/** Quick is the harder one: the shorter one is told by sizes alone, and by tests of the witness. */
const KINDS = { quick: ['longer'], full: ['shorter', 'longer'], long: ['shorter', 'longer'] } as const;
/** How long a device may take to hear, to ask for a proof and to judge it, ms: it spreads its question. */
const PATIENCE_MS = 90_000;

/** What the other history is like. */
type Fork = 'shorter' | 'longer';

/** What a device keeps. */
interface WitnessFile {
  readonly newest: { readonly size: number; readonly envelope: Envelope } | null;
  readonly alarm: { readonly code: string } | null;
}

/** What the server shows a device that connects now. */
async function look(house: AuditHouse, device: SimulatedDevice): Promise<Envelope> {
  const wire = await openDevice(house.server.url, device);
  try {
    for (let message = await wire.next(); message !== null; message = await wire.next())
      if (message.type === 'freshness' && message.audit !== undefined) return parseEnvelope(message.audit);
    throw new Error('the server showed no checkpoint');
  } finally {
    wire.socket.terminate();
  }
}

/** Another history: all events are pending again, some of them changed, and the sealer signs them as it did the first time. */
async function rewriteHistory(house: AuditHouse, fork: Fork, acts: number): Promise<void> {
  // Far shorter or longer than what was seen, so that new events do not bring it to the same size before somebody looks.
  const dropped = fork === 'shorter' ? acts : 0;
  const added = fork === 'longer' ? acts : 0;
  await house.own(async (tx) => {
    await tx`INSERT INTO audit_pending (tenant, at, body)
      SELECT tenant, at, replace(body, 'token 1', 'token 7') FROM audit_event ORDER BY seq OFFSET ${dropped}`;
    await tx`INSERT INTO audit_pending (tenant, at, body) SELECT tenant, at, body FROM audit_event ORDER BY seq LIMIT ${added}`;
    await tx`DELETE FROM audit_event`;
    await tx`DELETE FROM audit_checkpoint`;
    await tx`DELETE FROM audit_node`;
    await tx`DELETE FROM audit_head`;
  });
}

async function readWitness(agent: TestAgent, fits: (file: WitnessFile) => boolean): Promise<WitnessFile> {
  return until(
    'the agent has seen it',
    async () => {
      const file = await agent.readState<WitnessFile>('witness.json');
      return file !== null && fits(file) ? file : undefined;
    },
    PATIENCE_MS,
  );
}

/** What came of a fork. */
interface Seen {
  readonly first: AuditHouse;
  readonly honest: readonly string[];
  readonly ann: Envelope;
  readonly rewritten: readonly string[];
  readonly second: AuditHouse;
  readonly ben: Envelope;
  /** What the agent keeps after it was shown the second history. */
  readonly kept: WitnessFile | null;
}

/** What the exports, the two devices and the agent say. */
function judge({ first, honest, ann, rewritten, second, ben, kept }: Seen): string[] {
  const holds = (house: AuditHouse, lines: readonly string[], seen: readonly Envelope[] = []) =>
    house.verify(lines, seen).faultCount === 0;
  const own = kept?.newest?.envelope;
  return [
    ...(holds(first, honest, [ann]) ? [] : ['the control does not hold']),
    // The thief owns every key that signs: nothing in his export tells.
    ...(holds(second, rewritten) ? [] : ['the rewritten history is not even consistent: a weak try']),
    ...(holds(second, rewritten, [ben]) ? [] : ['who only saw the second history has nothing to say']),
    ...(holds(second, rewritten, [ann]) ? ['what the first device saw does not convict'] : []),
    ...(holds(second, rewritten, [ann, ben]) ? ['what both saw does not convict'] : []),
    ...(holds(first, honest, [ann, ben]) ? ['two histories are not told from one'] : []),
    ...(own === undefined || holds(second, rewritten, [own])
      ? ['what the agent keeps does not convict']
      : []),
    ...(own === undefined || !holds(first, honest, [own])
      ? ['the agent does not keep the first history']
      : []),
  ];
}

/** The device itself notices another history, and says so to whoever asks it, and to the server. */
async function judgeAgent(agent: TestAgent, { server }: AuditHouse, kind: Fork): Promise<string[]> {
  const faults: string[] = [];
  const code = kind === 'longer' ? 'E_AUDIT_FORK' : 'E_AUDIT_SHRUNK';
  await readWitness(agent, ({ alarm }) => alarm?.code === code).catch(() =>
    faults.push(`the agent raised no alarm ${code}`),
  );
  const { output } = await agent.command('status');
  if (!output.includes('Alarm')) faults.push(`the status says nothing: ${output}`);
  await until('the server heard of it', async () => {
    const { body } = await server.call('/api/v1/audit?act=audit.alarm');
    return (body.items ?? []).length > 0;
  }).catch(() => faults.push('the alarm did not reach the server'));
  return faults.map((fault) => `a ${kind} history: ${fault}`);
}

/** Runs an agent until its file fits. */
async function runAgent(agent: TestAgent, fits: (file: WitnessFile) => boolean): Promise<WitnessFile> {
  const running = agent.start('--executor', 'none');
  const file = await readWitness(agent, fits);
  running.signal('SIGTERM');
  await running.ended;
  return file;
}

/** One fork, seen by a real agent and by two simulated devices. */
async function fork({ teardown, size }: CheckContext, kind: Fork): Promise<string[]> {
  const flags = ['--port', String(await findFreePort())];
  const first = await openAuditHouse({ teardown }, ACTS[size], { flags });
  const agent = await makeAgent({ teardown });
  await agent.enroll(first.server);
  const enroll = async (hostname: string) =>
    enrollDevice(first.server.url, await first.server.enrollmentToken(), { hostname });
  const [ann, ben] = [await enroll('ann'), await enroll('ben')];
  const { newest } = await runAgent(agent, (file) => file.newest !== null && file.alarm === null);
  await first.act(2);
  // Makes a checkpoint of it.
  await first.exportNow();
  // The control: history that only grows is proven, and taken.
  const grown = (file: WitnessFile) => (file.newest?.size ?? 0) > (newest?.size ?? 0);
  const before = await runAgent(agent, (file) => grown(file) || file.alarm !== null);
  if (before.alarm !== null) return [`an honest server raises an alarm: ${before.alarm.code}`];
  const seenByAnn = await look(first, ann);
  // Behind all that was shown: a checkpoint is made from time to time.
  const honest = await first.exportNow();
  await rewriteHistory(first, kind, ACTS[size]);
  await first.server.stop();

  const second = await openAuditHouse({ teardown }, 0, { flags, dataDir: first.server.dataDir });
  agent.start('--executor', 'none');
  const faults = await judgeAgent(agent, second, kind);
  const kept = await agent.readState<WitnessFile>('witness.json');
  const seenByBen = await look(second, ben);
  const rewritten = await second.exportNow();
  const seen = { first, honest, ann: seenByAnn, rewritten, second, ben: seenByBen, kept };
  return [...faults, ...judge(seen).map((fault) => `a ${kind} history: ${fault}`)];
}

async function run(context: CheckContext): Promise<Verdict> {
  const faults: string[] = [];
  const rounds = ROUNDS[context.size];
  for (let round = 0; round < rounds; round++) {
    for (const kind of KINDS[context.size]) {
      context.say(`fork ${round + 1} of ${rounds}: a ${kind} history`);
      faults.push(...(await fork(context, kind)));
    }
  }
  return {
    evidence: [
      `${rounds} times another history (${KINDS[context.size].join(', ')}) by the owner of server, database and key, each seen by an agent and two devices`,
      'control: an honest history that grew was proven to the agent, and raised no alarm',
    ],
    faults,
  };
}

export const auditFork: Check = {
  id: 'audit-fork',
  claims: 'A server that shows two histories of its audit is convicted by what devices kept',
  group: 'audit',
  run,
};
