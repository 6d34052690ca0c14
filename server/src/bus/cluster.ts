// The bus between a supervisor and the workers it forked, over the channel that node:cluster keeps to each of them.
import type { Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { fail } from '../errors.ts';
import type { Bus } from './bus.ts';
import type { DownFrame, UpFrame } from './frames.ts';
import type { Hub } from './hub.ts';
import { createMember, type Member } from './member.ts';

/** The bus's share of what goes over a worker's channel; other messages are none of its business. */
interface Envelope<Frame> {
  readonly bus: readonly Frame[];
}

/** The channel of this process to its supervisor: `process` of a forked worker. */
export type WorkerChannel = Pick<NodeJS.Process, 'send' | 'on' | 'off' | 'connected'>;

export interface ClusterBusOptions {
  readonly channel: WorkerChannel;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limitBytes?: number;
}

/**
 * Seats a worker at the hub as soon as it asks; the supervisor forks with `serialization: 'advanced'`. Returns the id of the
 * worker on the bus, which begins with its number. It counts as gone when its process has ended *and* what it wrote has been read.
 */
export function seatWorker(hub: Hub, worker: Worker, number: number): string {
  const id = `${number}-${randomBytes(6).toString('hex')}`;
  let seat: ReturnType<Hub['join']> | undefined;
  const write = (frames: readonly DownFrame[]) =>
    new Promise<void>((resolve) => {
      if (!worker.isConnected()) return resolve();
      // A channel that breaks meanwhile is told by the end of the worker.
      worker.send({ bus: frames } satisfies Envelope<DownFrame>, () => resolve());
    });
  worker.on('message', (message: unknown) => {
    if (isJoin(message)) seat ??= hub.join(id, write);
    else if (isEnvelope<UpFrame>(message)) seat?.receive(message.bus);
  });
  // Both, the end of the process and of its channel. The event 'disconnect' may never come, see supervisor/handoff.ts.
  worker.process.once('close', () => seat?.leave());
  return id;
}

/** Joins the bus of the supervisor that forked this process. Rejects with E_UNAVAILABLE when its channel ends before. */
export function createClusterBus(options: ClusterBusOptions): Promise<Bus> {
  const { channel } = options;
  return new Promise((resolve, reject) => {
    let member: Member | undefined;
    const hear = (message: unknown) => {
      if (!isEnvelope<DownFrame>(message)) return;
      const [first] = message.bus;
      if (member === undefined && first?.kind === 'welcome') {
        member = join(options, first);
        resolve(member.bus);
      }
      member?.receive(message.bus);
    };
    channel.on('message', hear);
    channel.on('disconnect', () => {
      channel.off('message', hear);
      member?.close();
      reject(endedTooSoon());
    });
    // A channel that has ended tells it by the event above, or has told it already.
    if (channel.connected) channel.send?.({ busJoin: true }, undefined, undefined, () => undefined);
    else reject(endedTooSoon());
  });
}

function join(options: ClusterBusOptions, welcome: DownFrame & { readonly kind: 'welcome' }): Member {
  const { channel } = options;
  const write = (frames: readonly UpFrame[]) =>
    new Promise<void>((resolve) => {
      if (!channel.connected) return resolve();
      channel.send?.({ bus: frames } satisfies Envelope<UpFrame>, undefined, undefined, () => resolve());
    });
  return createMember({ ...options, id: welcome.id, members: welcome.members, write });
}

function endedTooSoon(): Error {
  return fail('E_UNAVAILABLE', { detail: 'The supervisor of this process has ended.' });
}

function isJoin(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'busJoin' in message;
}

/** The channel is between two processes of one program, so the frames are taken as they come. */
function isEnvelope<Frame>(message: unknown): message is Envelope<Frame> {
  return typeof message === 'object' && message !== null && 'bus' in message;
}
