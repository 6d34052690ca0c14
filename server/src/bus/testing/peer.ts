// A member of the bus as the suite drives it: the same whether it lives in this process or in another.

import { fail } from '../../errors.ts';
import type { Bus, BusAddress, BusBody } from '../bus.ts';

/** What a peer does with a topic: keeps the message, sends it back, refuses it, fails by a fault, or never answers. */
export type Behavior = 'keep' | 'echo' | 'refuse' | 'fault' | 'silent' | 'slow echo';

/** What a peer was told or got, in order. */
export type Heard =
  | { readonly what: 'joined' | 'gone' | 'missed' | 'succeeded'; readonly id: string }
  | { readonly what: 'message'; readonly from: string; readonly topic: string; readonly body: BusBody };

/** An answer, or the error in its place. */
export type Outcome =
  | { readonly body: BusBody }
  | { readonly code: string; readonly message: string; readonly retryable: boolean };

/** Everything the suite asks of a member; plain data, so that it can be asked over any channel. */
export type Order =
  | { readonly act: 'heard' }
  | { readonly act: 'members' }
  | { readonly act: 'dropped' }
  | { readonly act: 'stop' }
  | { readonly act: 'handle'; readonly topic: string; readonly behavior: Behavior }
  | { readonly act: 'unhandle'; readonly topic: string }
  | { readonly act: 'own'; readonly name: string }
  | { readonly act: 'disown'; readonly name: string }
  | {
      readonly act: 'send';
      readonly to: BusAddress;
      readonly topic: string;
      /** Sent one after the other without a pause. */
      readonly bodies: readonly BusBody[];
    }
  | {
      readonly act: 'request';
      readonly to: BusAddress;
      readonly topic: string;
      readonly body: BusBody;
      readonly timeoutMs: number;
    };

/** Does what it is told with its bus. */
export type Puppet = (order: Order) => Promise<unknown>;

/** Drives a bus by orders. */
export function createPuppet(bus: Bus): Puppet {
  const heard: Heard[] = [];
  const ends = new Map<string, () => void>();
  bus.watch({
    joined: (id) => heard.push({ what: 'joined', id }),
    gone: (id) => heard.push({ what: 'gone', id }),
    missed: (id) => heard.push({ what: 'missed', id }),
    succeeded: (name) => heard.push({ what: 'succeeded', id: name }),
  });

  async function behave(behavior: Behavior, body: BusBody): Promise<BusBody> {
    if (behavior === 'refuse') throw fail('E_CONFLICT', { detail: 'Not like this.' });
    if (behavior === 'fault') throw new TypeError('a fault of the program');
    if (behavior === 'silent') return new Promise(() => undefined);
    if (behavior === 'slow echo') await new Promise((resolve) => setTimeout(resolve, 50));
    return behavior === 'keep' ? undefined : body;
  }

  function handle(topic: string, behavior: Behavior): void {
    const end = bus.handle(topic, (body, from) => {
      heard.push({ what: 'message', from, topic, body });
      return behave(behavior, body);
    });
    ends.set(`handle ${topic}`, end);
  }

  return async (order) => {
    if (order.act === 'heard') return heard;
    if (order.act === 'members') return bus.members();
    if (order.act === 'dropped') return bus.counts().dropped;
    if (order.act === 'stop') return bus.stop();
    if (order.act === 'handle') return handle(order.topic, order.behavior);
    if (order.act === 'unhandle') return ends.get(`handle ${order.topic}`)?.();
    if (order.act === 'own') return void ends.set(`own ${order.name}`, bus.own(order.name));
    if (order.act === 'disown') return ends.get(`own ${order.name}`)?.();
    if (order.act === 'request') return request(bus, order);
    for (const body of order.bodies) bus.send(order.to, order.topic, body);
    return undefined;
  };
}

async function request(bus: Bus, order: Order & { readonly act: 'request' }): Promise<Outcome> {
  const { to, topic, body, timeoutMs } = order;
  try {
    return { body: await bus.request(to, topic, { body, timeoutMs }) };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'retryable' in error)) throw error;
    return { code: String(error.code), message: error.message, retryable: error.retryable === true };
  }
}
