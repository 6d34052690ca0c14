// What is known of the devices of one organization, a column a fact; written by the feeder, read by leaves and lists.
import { MAX_VALUE_CHARS } from '@muster/protocol';
import { type DeviceValues, type Facts, listFacts } from '@muster/protocol/language';
import { type Bits, growBits, hasBit, makeBits, putBit } from './bits.ts';
import { CodedColumn, PlainColumn, TimeColumn } from './columns.ts';
import { FIRST_CAPACITY } from './limits.ts';
import { SoftwareBook } from './software-book.ts';

/** A device that has been offline for so long counts as missing, ms. */
export const MISSING_AFTER_MS = 30 * 86_400_000;

/** A device as the database has it. */
export interface FleetRow {
  readonly tenant: number;
  readonly idx: number;
  readonly id: string;
  /** Host name that lists show. */
  readonly shownName: string;
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly online: boolean;
  /** Last transition between online and offline, ms since 1970; null before the first session. */
  readonly lastSeenMs: number | null;
  readonly enrolledMs: number;
}

/** What presence is made of; whether who is away is missing depends on the time. */
export type Standing = 'online' | 'away' | 'never';

type Value = string | number | boolean;

/** Facts that differ from device to device; a dictionary of them would be as long as the fleet. */
const plainFacts: ReadonlySet<string> = new Set(['id', 'hostname', 'system.serial', 'addresses']);
/** Facts that the device's row decides, not its inventory. */
const rowFacts: ReadonlySet<string> = new Set(['id', 'state', 'presence', 'enrolled_at', 'seen_at']);

/** The table. */
export class DeviceTable {
  /** Devices that there are. */
  present: Bits = makeBits(FIRST_CAPACITY);
  /** How many there are; a device never goes, so this is their version too. */
  devices = 0;
  readonly id = new PlainColumn();
  readonly shownName = new PlainColumn();
  readonly state = new CodedColumn<string>();
  readonly labels = new CodedColumn<Readonly<Record<string, string>>>();
  readonly standing = new CodedColumn<Standing>();
  readonly lastSeen = new TimeColumn();
  readonly enrolled = new TimeColumn();
  /** What the inventory says. */
  readonly facts: ReadonlyMap<string, CodedColumn<Value> | PlainColumn>;
  /** What was asked about packages. */
  readonly software = new SoftwareBook();
  private readonly columns: readonly (CodedColumn<unknown> | PlainColumn | TimeColumn)[];
  /** Devices whose inventory says what they are called; until it does, they are called what lists show. */
  private named: Bits = makeBits(FIRST_CAPACITY);

  constructor() {
    const told = listFacts().filter(({ name }) => !rowFacts.has(name));
    this.facts = new Map(
      told.map(({ name }) => [name, plainFacts.has(name) ? new PlainColumn() : new CodedColumn<Value>()]),
    );
    const { id, shownName, state, labels, standing, lastSeen, enrolled } = this;
    this.columns = [id, shownName, state, labels, standing, lastSeen, enrolled, ...this.facts.values()];
    for (const column of this.columns) column.grow(FIRST_CAPACITY);
  }

  /** Devices that there is room for; a multiple of 32. */
  get capacity(): number {
    return this.present.length * 32;
  }

  /** Takes over a device's row; names of what changed are added to `changed`. */
  putRow(row: FleetRow, changed: Set<string>): void {
    const { idx, online, lastSeenMs } = row;
    this.makeRoom(idx);
    if (!hasBit(this.present, idx)) this.devices += 1;
    putBit(this.present, idx, true);
    const standing = online ? 'online' : lastSeenMs === null ? 'never' : 'away';
    const note = (isChanged: boolean, ...names: readonly string[]) => {
      if (isChanged) for (const name of names) changed.add(name);
    };
    note(this.id.write(idx, row.id), 'id');
    this.shownName.write(idx, share(row.shownName, this.facts.get('hostname')?.read(idx)));
    if (!hasBit(this.named, idx))
      note(this.facts.get('hostname')?.write(idx, row.shownName) === true, 'hostname');
    note(this.state.write(idx, row.state), 'state');
    note(this.labels.write(idx, row.labels, keyOf(row.labels)), 'label');
    note(this.standing.write(idx, standing), 'presence', 'seen_at');
    note(this.lastSeen.write(idx, lastSeenMs ?? undefined), 'presence', 'seen_at');
    note(this.enrolled.write(idx, row.enrolledMs), 'enrolled_at');
  }

  /** Takes over what a device's inventory says; what it does not say is absent from now on. */
  putFacts(idx: number, values: DeviceValues, changed: Set<string>): void {
    const own: Readonly<Record<string, Value | undefined>> = values;
    for (const [name, column] of this.facts) {
      const value = name === 'hostname' ? this.nameOf(idx, bound(own[name])) : bound(own[name]);
      const isChanged =
        column instanceof PlainColumn
          ? column.write(idx, typeof value === 'string' ? share(value, this.shownName.read(idx)) : undefined)
          : column.write(idx, value);
      if (isChanged) changed.add(name);
    }
  }

  /** Presence as people see it. */
  presence(idx: number, nowMs: number): 'online' | 'offline' | 'missing' | 'never' | undefined {
    const standing = this.standing.read(idx);
    return standing === 'away' ? this.absence(idx, nowMs) : standing;
  }

  /** Of a device that is away. */
  absence(idx: number, nowMs: number): 'offline' | 'missing' {
    return nowMs - (this.lastSeen.read(idx) ?? nowMs) >= MISSING_AFTER_MS ? 'missing' : 'offline';
  }

  /** When the device was last connected: now while it is online. */
  seenAt(idx: number, nowMs: number): number | undefined {
    return this.standing.read(idx) === 'online' ? nowMs : this.lastSeen.read(idx);
  }

  /** The facts of one device as the language takes them, as far as they are named. */
  factsOf(idx: number, names: Iterable<string>, nowMs: number): Facts {
    const values: Record<string, Value | undefined> = {};
    for (const name of names) if (name !== 'label') values[name] = this.read(name, idx, nowMs);
    return { values, labels: this.labels.read(idx), nowMs };
  }

  private read(name: string, idx: number, nowMs: number): Value | undefined {
    switch (name) {
      case 'id':
        return this.id.read(idx);
      case 'state':
        return this.state.read(idx);
      case 'presence':
        return this.presence(idx, nowMs);
      case 'seen_at':
        return this.seenAt(idx, nowMs);
      case 'enrolled_at':
        return this.enrolled.read(idx);
      default:
        return this.facts.get(name)?.read(idx);
    }
  }

  /** What the device is called, by its inventory or by what lists show. */
  private nameOf(idx: number, said: Value | undefined): string | undefined {
    const isNamed = typeof said === 'string';
    putBit(this.named, idx, isNamed);
    return isNamed ? said : this.shownName.read(idx);
  }

  private makeRoom(idx: number): void {
    if (idx < this.capacity) return;
    let capacity = this.capacity;
    while (capacity <= idx) capacity *= 2;
    this.present = growBits(this.present, capacity);
    this.named = growBits(this.named, capacity);
    for (const column of this.columns) column.grow(capacity);
  }
}

/** Labels in one text, whatever the order of their keys. */
function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Two columns that say the same keep one text. */
function share(text: string, other: Value | undefined): string {
  return text === other ? other : text;
}

/** Longer texts are absent in the language; here they would only take room. */
function bound(value: Value | undefined): Value | undefined {
  return typeof value === 'string' && value.length > MAX_VALUE_CHARS ? undefined : value;
}
