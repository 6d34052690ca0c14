// Orders as tests use them: a trust document of two persons, content, a command, its job, its runs and halts.
import { encodeBase64url, encodeUtf8, sealEnvelope, TRUST_TYPE, type TrustDocument } from '@muster/protocol';
import {
  COMMAND_TYPE,
  CONTENT_TYPE,
  type Command,
  type Content,
  documentDigest,
} from '@muster/protocol/commands';
import type { ContentItem, HaltItem, Job, Run } from '../api/types.ts';
import { signDocument } from '../jobs/documents.ts';
import { makeSigningKey, nodeCrypto, type SigningKey } from '../keys/signing-key.ts';
import { keyField } from '../trust/drafts.ts';
import { before, clone, hostile, nowMs, web } from './samples.ts';

const HOUR = 3_600_000;
const roles: TrustDocument['signers'][number]['roles'] = ['request', 'approve', 'halt'];

/** Keys of two signers; others than those of every other run. */
export const keys = { anna: makeSigningKey(), berta: makeSigningKey() };

const field = (key: SigningKey) => keyField(encodeBase64url(key.publicKey));
const person = (id: string, key: SigningKey) => ({
  ...{ id, name: id, kind: 'person' as const, roles, kinds: ['*'] },
  keys: [field(key)],
});

const root = makeSigningKey();

/** Two persons, both of whom it takes. */
const trust: TrustDocument = {
  ...{ v: 1, org: `org_${'a'.repeat(26)}`, version: 1, issuedAt: before(HOUR), mode: 'hardened' },
  root: { threshold: 1, keys: [field(root)] },
  signers: [person('anna', keys.anna), person('berta', keys.berta)],
  serverKeys: [field(makeSigningKey())],
  ...{ tlsPins: [], releaseKeys: [], rpIds: [], origins: [], classes: {}, policyEpoch: 1 },
};

/** The chain that ends in it. */
export const trustChain = [sealEnvelope(TRUST_TYPE, encodeUtf8(JSON.stringify(trust)), [root])];

/** A script that anna has added. */
export const script: Content = {
  ...{ v: 1, org: trust.org, use: 'script', name: 'clean.sh', interpreter: 'sh', place: null, stdin: false },
  sha256: encodeBase64url(nodeCrypto.sha256(encodeUtf8('echo clean\n'))),
  sizeBytes: 11,
  parameters: [{ name: 'days', type: 'integer', required: true, description: 'older than' }],
  ...{ runAs: [], timeoutMs: 300_000, okExits: [0] },
  ...{ at: before(HOUR), requester: 'anna', reason: 'disk is full', trustVersion: 1 },
};

/** A file with its place. */
const motd: Content = {
  ...script,
  ...{ use: 'file', name: 'motd', interpreter: 'none', parameters: [], timeoutMs: 0, okExits: [] },
  place: { path: '/etc/motd', mode: '0644', owner: '', group: '' },
  reason: 'greeting',
};

/** A content as the API lists it, signed by those. */
export function contentOf(document: Content, signers: readonly (keyof typeof keys)[]): ContentItem {
  const envelope = signDocument(
    CONTENT_TYPE,
    document,
    signers.map((id) => keys[id]),
  );
  const { sha256, use, name, sizeBytes, interpreter, place, stdin, requester, reason, timeoutMs } = document;
  return {
    ...{
      digest: documentDigest(envelope, nodeCrypto),
      sha256,
      use,
      name,
      sizeBytes,
      interpreter,
      place,
      stdin,
    },
    ...{
      state: signers.length > 1 ? 'approved' : 'awaiting-signatures',
      missing: null,
      receivedBytes: sizeBytes,
    },
    ...{ runAs: [...document.runAs], okExits: [...document.okExits], timeoutMs, requester, reason },
    ...{ signers: [...signers], needed: 2, createdAt: document.at, document: { ...document }, envelope },
  } as ContentItem;
}

/** Approved, waiting, and a file. */
export const contents = {
  approved: contentOf(script, ['anna', 'berta']),
  waiting: contentOf({ ...script, name: 'other.sh' }, ['anna']),
  file: contentOf(motd, ['anna', 'berta']),
};

/** What anna ordered on two devices. */
export const command: Command = {
  ...{ v: 1, org: trust.org, cmdId: `cmd_${'a'.repeat(26)}`, kind: 'script.run' },
  args: { content: contents.approved.digest, parameters: { days: 7 }, stdin: '', runAs: '' },
  targets: {
    list: [web, clone].map(({ id, hostname, fingerprint }) => ({ id, hostname, fingerprint })),
  },
  ...{ bound: '', notBefore: before(600_000), notAfter: before(-3_000_000), dryRun: false },
  ...{ requester: 'anna', reason: 'muster run script.run', trustVersion: 1 },
};

/** The job of that command in some state. */
export function jobOf(more: Partial<Job>): Job {
  const { cmdId, kind, reason, requester, notBefore, notAfter, dryRun } = command;
  return {
    ...{ id: cmdId, kind, class: 'privileged', reason, requester, signers: ['anna'], needed: 1 },
    ...{ state: 'running', held: null, dryRun, notBefore, notAfter, createdAt: notBefore, endedAt: null },
    ...{ madeBy: 'the laptop of anna', counts: { running: 2 }, targets: 2, command: { ...command } },
    options: { on: null, concurrency: null, batches: [], stopAtFailures: 3, dedupeKey: null, content: [] },
    envelope: signDocument(COMMAND_TYPE, command, [keys.anna]),
    ...more,
  } as Job;
}

/** Jobs in several states, one of them of one device. */
export const jobs: Job[] = [
  jobOf({}),
  jobOf({
    ...{ id: `cmd_${'b'.repeat(26)}`, kind: 'device.lock', state: 'awaiting-signatures', needed: 2 },
    ...{ counts: { queued: 1 }, targets: 1, reason: 'stolen' },
  }),
  jobOf({
    ...{
      id: `cmd_${'c'.repeat(26)}`,
      kind: 'package.upgrade',
      state: 'held',
      held: '3 failures',
      dryRun: true,
    },
    ...{ counts: { queued: 4_000, succeeded: 309, failed: 3 }, targets: 4_312, reason: hostile.hostname },
    options: {
      on: null,
      concurrency: 10,
      batches: [1, 10, 100],
      stopAtFailures: 1,
      dedupeKey: null,
      content: [],
    },
  }),
  jobOf({
    ...{ id: `cmd_${'d'.repeat(26)}`, state: 'canceled', endedAt: before(60_000) },
    ...{ counts: { succeeded: 1, canceled: 1 } },
  }),
];

const nothing = { code: null, message: '', exit: null, outputSha256: null, at: null };

/** Runs of two devices, one of which tries to steer the terminal. */
export const runs: Run[] = [
  { ...nothing, deviceId: web.id, hostname: web.hostname, state: 'succeeded', exit: 0, message: 'Done.' },
  {
    ...nothing,
    ...{ deviceId: hostile.id, hostname: hostile.hostname, state: 'failed', code: 'E_EXIT', exit: 3 },
    message: hostile.hostname,
  },
];

const halt: HaltItem = {
  ...{ id: `hlt_${'a'.repeat(26)}`, state: 'in-force', what: 'all', scope: '', requester: 'berta' },
  ...{ reason: 'something is wrong', at: before(60_000), until: new Date(nowMs + HOUR).toISOString() },
  ...{ liftedAt: null, envelope: { payload: '', payloadType: '', signatures: [] } },
};

/** Halts in each state and of each scope. */
export const halts: HaltItem[] = [
  halt,
  {
    ...halt,
    id: `hlt_${'b'.repeat(26)}`,
    what: 'kind',
    scope: 'package.*',
    state: 'lifted',
    liftedAt: before(0),
  },
  {
    ...{ ...halt, id: `hlt_${'c'.repeat(26)}`, what: 'command', scope: command.cmdId },
    ...{ state: 'over', until: before(30_000), reason: hostile.hostname },
  } as HaltItem,
];
