// The bus within one process: of a server that is alone, and a hub whose members are in one process, for tests.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Bus } from './bus.ts';
import type { DownFrame } from './frames.ts';
import { createHub, type Seat } from './hub.ts';
import { createMember, type Member } from './member.ts';

export interface LocalOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Bytes that may wait for one member; MAX_BUS_QUEUED_BYTES unless a test says otherwise. */
  readonly limitBytes?: number;
}

/** A hub in this process: every member is as far from the others as one in a process of its own, bodies are copied. */
export interface LocalHub {
  join(): Bus;
  /** As if its process had been killed: what it had not sent is lost, and the others are told. */
  kill(id: string): void;
  /** Hands it nothing until the returned function is called, as if its process stood still. */
  stall(id: string): () => void;
}

/** The bus of a server with one process: nobody else is there, and what it sends itself is not copied. */
export function createLocalBus(options: LocalOptions): Bus {
  return createLocalHub(options).join();
}

function makeId(): string {
  return randomBytes(6).toString('hex');
}

interface Place {
  readonly seat: Seat;
  readonly member: Member;
  /** Settles when it may be handed something. */
  gate: Promise<void>;
}

/** Makes a hub without members. */
export function createLocalHub(options: LocalOptions): LocalHub {
  const hub = createHub(options);
  const places = new Map<string, Place>();

  async function deliver(id: string, frames: readonly DownFrame[]): Promise<void> {
    await places.get(id)?.gate;
    places.get(id)?.member.receive(frames);
  }

  function leave(id: string): void {
    places.get(id)?.seat.leave();
    places.get(id)?.member.close();
    places.delete(id);
  }

  return {
    join() {
      const id = makeId();
      const members = [...places.keys()];
      const seat = hub.join(id, (frames) => deliver(id, frames));
      const member = createMember({
        ...options,
        id,
        members,
        write: async (frames) => seat.receive(frames),
        onStopped: () => leave(id),
      });
      places.set(id, { seat, member, gate: Promise.resolve() });
      return member.bus;
    },
    kill: leave,
    stall(id) {
      const place = places.get(id);
      let open = () => {};
      if (place)
        place.gate = new Promise((resolve) => {
          open = resolve;
        });
      return () => open();
    },
  };
}
