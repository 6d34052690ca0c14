// Signs and orders commands on the server of a quick start, whose signer's key lies beside it.
import { createHash, randomBytes } from 'node:crypto';
import { type Envelope, encodeBase32 } from '@muster/protocol';
import { COMMAND_TYPE, CONTENT_TYPE, type Command, documentDigest } from '@muster/protocol/commands';
import { crypto } from './crypto.ts';
import type { Answer, Call } from './server.ts';
import { readKey, seal } from './signed.ts';

/** A server that can be asked and whose folder can be read. */
interface Orderable {
  readonly dataDir: string;
  call<Body>(path: string, call?: Call): Promise<Answer<Body>>;
}

/** Targets as the API found them. */
export interface FoundTargets {
  readonly snapshot: string;
  readonly count: number;
  readonly root: string;
}

/** The signer of a quick start. */
export interface Orders {
  /** Finds devices. */
  find(on: string): Promise<FoundTargets>;
  /** A signed command for devices that were found. */
  sign(
    targets: FoundTargets,
    change?: Partial<Command>,
  ): { readonly id: string; readonly envelope: Envelope };
  /** Finds, signs and hands in; the id of the job. @throws when it is refused */
  order(on: string, change?: Partial<Command>): Promise<string>;
  /** Hands in signed content, without its body; its digest. */
  addContent(body: Buffer): Promise<string>;
}

/** Reads the signer's key and what his documents must name. */
export async function createOrders(server: Orderable): Promise<Orders> {
  const signer = await readKey(server.dataDir, 'signer');
  const { body: trust } = await server.call<{ organization: { id: string }; version: number }>(
    '/api/v1/trust',
  );
  const common = { v: 1 as const, org: trust.organization.id, requester: 'admin', reason: 'A test.' };
  const { version: trustVersion } = trust;

  async function post<Body>(path: string, body: object): Promise<Body> {
    const answer = await server.call<Body>(path, { method: 'POST', body });
    if (answer.status !== 200 && answer.status !== 201)
      throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  const find = (on: string) => post<FoundTargets>('/api/v1/targets', { on });

  function signFor({ root, count }: FoundTargets, change: Partial<Command> = {}) {
    const command: Command = {
      ...common,
      cmdId: `cmd_${encodeBase32(randomBytes(16))}`,
      kind: 'inventory.refresh',
      args: {},
      targets: { root, count },
      bound: '',
      notBefore: new Date(Date.now() - 60_000).toISOString(),
      notAfter: new Date(Date.now() + 3_600_000).toISOString(),
      trustVersion,
      dryRun: false,
      ...change,
    };
    return { id: command.cmdId, envelope: seal(COMMAND_TYPE, command, signer) };
  }

  return {
    find,
    sign: signFor,
    async order(on, change) {
      const targets = await find(on);
      const { id, envelope } = signFor(targets, change);
      await post('/api/v1/jobs', { envelope, snapshot: targets.snapshot });
      return id;
    },
    async addContent(body) {
      const sha256 = createHash('sha256').update(body).digest('base64url');
      const document = {
        ...{ ...common, use: 'script', name: 'a script', sha256, sizeBytes: body.length, interpreter: 'sh' },
        ...{
          parameters: [],
          place: null,
          runAs: [],
          stdin: false,
          timeoutMs: 600_000,
          okExits: [0],
          at: new Date().toISOString(),
          trustVersion,
        },
      };
      const envelope = seal(CONTENT_TYPE, document, signer);
      await post('/api/v1/content', { envelope });
      return documentDigest(envelope, crypto);
    },
  };
}
