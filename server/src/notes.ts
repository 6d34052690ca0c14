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
  /** Nothing is noted here any more: sends what waits, and says that this was all. */
  stop(): void;
}

/** What they need. */
export interface NotesDeps {
  readonly bus: Bus;
  /** At the controller. */
  deliver(note: Note): void;
  /** At the controller: notes of another process were lost, or may have been. */
  doubt(): void;
}

const TOPIC = {
  /** Body: {@link Batch}. */
  notes: 'device.notes',
  /** Asks how many batches were sent so far; no body, answer: number. */
  count: 'device.notes.count',
  /** Nothing comes any more, body: how many batches were sent. */
  end: 'device.notes.end',
} as const;

/** Notes of one turn of the event loop. */
interface Batch {
  /** From 1 in each process, so that a lost one is seen. */
  readonly number: number;
  readonly notes: readonly Note[];
}

/** How long it is waited for the answer how much was sent, ms. */
const COUNT_MS = 5_000;

/** Makes them. What is said while there is no controller is lost: the next reads everything when it begins. */
export function createNotes({ bus, deliver, doubt }: NotesDeps): Notes {
  let isHere = false;
  let sent = 0;
  let gathered = new Map<string, Note>();

  function flush(): void {
    const notes = [...gathered.values()];
    gathered = new Map();
    if (notes.length === 0) return;
    if (isHere) for (const note of notes) deliver(note);
    else {
      sent += 1;
      bus.send({ owner: 'controller' }, TOPIC.notes, { number: sent, notes } satisfies Batch);
    }
  }

  bus.handle(TOPIC.count, () => sent);
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
      hearOthers(bus, { deliver, doubt });
    },
    stop() {
      flush();
      if (!isHere) bus.send({ owner: 'controller' }, TOPIC.end, sent);
    },
  };
}

/**
 * Delivers what others note. Doubts when a batch is missing, and when a process ended without having said that this was all: what it
 * committed last it may not have sent. Other messages may be dropped as they like.
 */
function hearOthers(bus: Bus, { deliver, doubt }: Pick<NotesDeps, 'deliver' | 'doubt'>): void {
  /** Number of the last batch, by gateway; none for one of which it is not known where it stands. */
  const heard = new Map<string, number>();
  /** Those that have said everything. */
  const ended = new Set<string>();

  async function look(id: string): Promise<void> {
    try {
      const sent = (await bus.request({ gateway: id }, TOPIC.count, {
        body: null,
        timeoutMs: COUNT_MS,
      })) as number;
      const last = heard.get(id);
      // The answer comes after everything that was sent before it.
      if (last !== undefined && last < sent) doubt();
      heard.set(id, Math.max(last ?? 0, sent));
    } catch {
      // Of one that has ended meanwhile the bus says so.
      if (bus.members().includes(id)) doubt();
    }
  }

  bus.handle(TOPIC.notes, (body, from) => {
    const { number, notes } = body as Batch;
    const last = heard.get(from);
    if (last !== undefined && number !== last + 1) doubt();
    heard.set(from, number);
    ended.delete(from);
    for (const note of notes) deliver(note);
  });
  bus.handle(TOPIC.end, (body, from) => {
    if (heard.get(from) === body) ended.add(from);
  });
  bus.watch({
    joined: (id) => void heard.set(id, 0),
    missed(id) {
      if (!heard.has(id)) doubt();
      void look(id);
    },
    gone(id) {
      heard.delete(id);
      if (!ended.delete(id)) doubt();
    },
  });
  for (const id of bus.members()) void look(id);
}
