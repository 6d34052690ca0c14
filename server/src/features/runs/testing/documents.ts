// Documents for tests of commands: commands, content, halts and lifts as a CLI would write them, signed.
import { createHash, randomBytes } from 'node:crypto';
import { type Envelope, encodeBase32, encodeUtf8, sealEnvelope } from '@muster/protocol';
import {
  COMMAND_TYPE,
  CONTENT_TYPE,
  type Command,
  type Content,
  documentDigest,
  HALT_TYPE,
  type Halt,
  LIFT_TYPE,
} from '@muster/protocol/commands';
import type { Clock } from '../../../core/clock.ts';
import { nodeCrypto, type SigningKey } from '../../../core/crypto.ts';

/** The organization of all of them. */
export const ORG = `org_${'a'.repeat(26)}`;

/** Signers that the trust document names. */
type SignerName = 'anna' | 'ben' | 'cleo';

/** What writing and signing them needs: a stage has it. */
interface Author {
  readonly clock: Pick<Clock, 'now'>;
  readonly trust: { readonly keys: Readonly<Record<SignerName, SigningKey>> };
  readonly devices: readonly {
    readonly id: string;
    readonly hostname: string;
    readonly fingerprint: string;
  }[];
}

/** Ids of commands and halts. */
export function newTestId(prefix: 'cmd' | 'hlt'): string {
  return `${prefix}_${encodeBase32(randomBytes(16))}`;
}

/** Signs a document. */
export function sign(type: string, body: object, signers: readonly SigningKey[]): Envelope {
  return sealEnvelope(type, encodeUtf8(JSON.stringify(body)), signers);
}

/** A command as a CLI would write it. */
export function makeCommand(author: Author, change: Partial<Command> = {}): Command {
  const nowMs = author.clock.now();
  return {
    v: 1,
    org: ORG,
    cmdId: newTestId('cmd'),
    kind: 'service.restart',
    args: { name: 'nginx' },
    targets: {
      list: author.devices
        .map(({ id, hostname, fingerprint: print }) => ({ id, hostname, fingerprint: print }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, 25),
    },
    bound: '',
    notBefore: new Date(nowMs - 1_000).toISOString(),
    notAfter: new Date(nowMs + 3_600_000).toISOString(),
    requester: 'anna',
    reason: 'A test.',
    trustVersion: 3,
    dryRun: false,
    ...change,
  };
}

/** The signed command. */
export function signCommand(
  author: Author,
  command: Command,
  who: readonly SignerName[] = ['anna'],
): Envelope {
  return sign(
    COMMAND_TYPE,
    command,
    who.map((name) => author.trust.keys[name]),
  );
}

/** A content document over a body: a script, unless it is changed. */
export function contentOf(body: Buffer, change: Partial<Content> = {}): Content {
  const sha256 = createHash('sha256').update(body).digest('base64url');
  return {
    ...{ v: 1, org: ORG, use: 'script', name: 'a script', sha256, sizeBytes: body.length, interpreter: 'sh' },
    ...{ parameters: [], place: null, runAs: [], stdin: false, timeoutMs: 1_000, okExits: [0] },
    ...{ at: new Date().toISOString(), requester: 'anna', reason: 'A test.', trustVersion: 3 },
    ...change,
  };
}

/** A signed content document over a body, or one that was made before. */
export function signContent(
  author: Author,
  content: Buffer | Content,
  who: readonly SignerName[],
): { digest: string; sha256: string; envelope: Envelope } {
  const document = 'use' in content ? content : contentOf(content);
  const keys = who.map((name) => author.trust.keys[name]);
  const envelope = sign(CONTENT_TYPE, document, keys);
  return { digest: documentDigest(envelope, nodeCrypto), sha256: document.sha256, envelope };
}

/** A signed halt. */
export function signHalt(
  author: Author,
  haltId: string,
  scope: Halt['scope'],
  who: SignerName = 'cleo',
): Envelope {
  const nowMs = author.clock.now();
  const body = {
    ...{ v: 1, org: ORG, haltId, scope, at: new Date(nowMs).toISOString() },
    ...{
      until: new Date(nowMs + 3_600_000).toISOString(),
      requester: who,
      reason: 'Stop.',
      trustVersion: 3,
    },
  };
  return sign(HALT_TYPE, body, [author.trust.keys[who]]);
}

/** A signed lift. */
export function signLift(author: Author, haltId: string, who: readonly SignerName[]): Envelope {
  const body = {
    ...{ v: 1, org: ORG, haltId, at: new Date(author.clock.now()).toISOString() },
    ...{ requester: who[0], reason: 'Go on.', trustVersion: 3 },
  };
  return sign(
    LIFT_TYPE,
    body,
    who.map((name) => author.trust.keys[name]),
  );
}
