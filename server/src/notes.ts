// What happens to devices wherever their sockets are, told to whoever shows it: at once in the controller, gathered from the others.
import type { Bus } from './bus/bus.ts';
import type { DeviceNumber } from './core/agents/directory.ts';

/** `device`: its row · `inventory`: what is stored of it · `shown`: a section of that · `alerts` · `chunk`: measurements until `value`, ms. */
export type NoteKind = 'device' | 'inventory' | 'shown' | 'alerts' | 'chunk';

/** A note as it crosses the bus. */
export type Note = readonly [kind: NoteKind, tenant: number, idx: number, value: number];

/** Where features say it. */
export interface Notes {
  note(kind: NoteKind, device: DeviceNumber, value?: number): void;
  /** This process is the controller from now on. */
  take(): void;
}

/** What they need. */
export interface NotesDeps {
  readonly bus: Bus;
  /** At the controller. */
  deliver(note: Note): void;
}

const TOPIC = 'device.notes';

/** Makes them. What is said while there is no controller is lost: the next reads everything when it begins. */
export function createNotes({ bus, deliver }: NotesDeps): Notes {
  let isHere = false;
  let gathered = new Map<string, Note>();

  function flush(): void {
    const notes = [...gathered.values()];
    gathered = new Map();
    if (isHere) for (const note of notes) deliver(note);
    else bus.send({ owner: 'controller' }, TOPIC, notes);
  }

  return {
    note(kind, { tenant, idx }, value = 0) {
      if (isHere) {
        deliver([kind, tenant, idx, value]);
        return;
      }
      // Batches are told in one turn of the event loop; whoever asks the index next must find what was stored before.
      if (gathered.size === 0) setImmediate(flush);
      gathered.set(`${kind}/${tenant}/${idx}`, [kind, tenant, idx, value]);
    },
    take() {
      isHere = true;
      bus.handle(TOPIC, (body) => {
        for (const note of body as readonly Note[]) deliver(note);
      });
    },
  };
}
