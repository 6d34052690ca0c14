// A device that lies in every text it sends: who it is, what it has, what it measured, what became of its orders.
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import {
  type Column,
  encodeBase64url,
  encodeChunk,
  encodeChunkFrame,
  encodeHeartbeat,
  encodeLiveFrame,
  encodePiece,
  encodeUtf8,
  type InventoryOffer,
  type Outcome,
  packagesSection,
  type RunOffer,
  type RunReport,
  rootInput,
  type Section,
  type ServerMessage,
  sealEnvelope,
  sections,
  sliceSections,
  splitIntoParts,
  toInstance,
  type Value,
  writeBody,
} from '@muster/protocol';
import { type Command, RESULT_TYPE } from '@muster/protocol/commands';
import {
  type DeviceWire,
  openDevice,
  openWire,
  quietBeat,
  type SimulatedDevice,
} from '../../fleet/device.ts';
import { makeDeviceKeys } from '../../fleet/keys.ts';
import { openToken, signEnroll } from '../../fleet/proofs.ts';
import { hourStartMs, makeAlert } from '../../support/report.ts';
import { makeBodyFrame } from '../../support/slices.ts';
import { isVisible, type Planter } from './payloads.ts';
import { makeStanding } from './standing.ts';

/** Metrics with instances that a device names: a disk, a filesystem, an interface, a sensor. */
const MEASURED = [40, 51, 60, 70] as const;
const MINUTES = 60;
/** Longest hostile value of an inventory; a page that shows longer ones is not slower for nothing. */
const MAX_CHARS = 300;

const hashOf = (text: string | Uint8Array) => createHash('sha256').update(text).digest('base64url');

/** Enrolls a device whose names are hostile. */
export async function enrollHostile(url: string, token: string, planter: Planter): Promise<SimulatedDevice> {
  const wire = await openWire(url);
  const opened = openToken(token);
  const keys = makeDeviceKeys();
  const names = {
    ...{ tokenId: opened.id, deviceKey: encodeBase64url(keys.deviceKey) },
    ...{ sealKey: encodeBase64url(keys.sealKey), hostname: planter.make('device.hostname', 200) },
    ...{ platform: planter.make('device.platform', 128), agentVersion: planter.make('device.version', 64) },
  };
  wire.send(signEnroll(wire, names, { token: opened.sign, device: keys.sign }));
  const answer = await wire.next();
  wire.socket.close();
  if (answer?.type !== 'enrolled') throw new Error(`not enrolled: ${JSON.stringify(answer)}`);
  const { deviceId } = JSON.parse(Buffer.from(answer.envelope.payload, 'base64url').toString());
  return { id: deviceId, keys, epoch: 0 };
}

/** Values by column. */
type Given = Readonly<Record<string, Value>>;

function makeValue(planter: Planter, field: string, { type, maxChars = MAX_CHARS, at }: Place): Value {
  if (type === 'text') return planter.make(field, maxChars);
  if (type === 'time') return new Date(Date.now() - at * 60_000).toISOString();
  return type === 'boolean' ? true : at + 1;
}

interface Place {
  readonly type: Column['type'];
  readonly maxChars?: number | undefined;
  readonly at: number;
}

interface RowWish {
  readonly count: number;
  /** What is as it should be in a row. */
  given?(at: number): Given;
  /** Columns with less room than others, characters. */
  readonly room?: Readonly<Record<string, number>>;
}

function makeRows(section: Section, planter: Planter, { count, given, room = {} }: RowWish): Given[] {
  const columns = Object.entries(section.columns);
  return Array.from({ length: section.key.length === 0 ? 1 : count }, (_, at) => {
    const known = given?.(at) ?? {};
    return Object.fromEntries(
      columns.map(([name, { type }]) => [
        name,
        known[name] ??
          makeValue(planter, `inventory.${section.name}.${name}`, { type, at, maxChars: room[name] }),
      ]),
    );
  });
}

/** Every slice with hostile rows, or the reason why there are none. */
function makeSlices(planter: Planter, count: number, isBroken: boolean): Map<string, string> {
  const made = new Map<string, string>();
  for (const section of sliceSections.filter(({ name }) => name !== packagesSection.name)) {
    const outcome: Outcome<Readonly<Record<string, Value>>> = isBroken
      ? { outcome: 'error', reason: planter.make('inventory.reason', MAX_CHARS) }
      : { outcome: 'ok', rows: makeRows(section, planter, { count }) };
    made.set(section.name, writeBody(section, outcome));
  }
  return made;
}

/** Package lists by part; some rows say truly that they are installed. */
function makeParts(planter: Planter, count: number): string[] {
  const rows = makeRows(packagesSection, planter, {
    ...{ count, room: { name: 200, version: 100, arch: 60, source: 200, status: 60 } },
    given: (at) => ({ ecosystem: 'deb', ...(at % 2 === 0 ? { status: 'installed' } : {}) }),
  });
  const named = rows.map((row) => ({ ...row, name: String(row.name) }));
  return splitIntoParts(named).map((part) =>
    writeBody<Section['columns']>(packagesSection, { outcome: 'ok', rows: part }),
  );
}

/** What a device reports at once. */
interface Report {
  readonly offer: InventoryOffer;
  readonly bodies: ReadonlyMap<string, string>;
}

function makeReport(planter: Planter, count: number, isBroken: boolean): Report {
  const slices = makeSlices(planter, count, isBroken);
  const parts = isBroken ? [] : makeParts(planter, count);
  const since = new Date().toISOString();
  const list = [...slices].map(([name, text]) => ({ name, hash: hashOf(text), since }));
  const hashes = parts.map(hashOf);
  const root = hashOf(rootInput(list, hashes));
  return {
    offer: { type: 'inventory.offer', root, slices: list, packages: hashes, packagesSince: since },
    bodies: new Map([...slices.values(), ...parts].map((text) => [hashOf(text), text])),
  };
}

function makeChunk(planter: Planter): Uint8Array {
  const series = MEASURED.map((metricId) => {
    const mean = Array.from({ length: MINUTES }, (_, at) => 0.2 + at / 100);
    const instance = toInstance(planter.make('metric.instance', 100, isVisible));
    return { metricId, instance, mean, max: mean };
  });
  const chunk = { tier: 'minute', fromMs: hourStartMs(1), count: MINUTES, series } as const;
  return encodeChunk(chunk, (raw) => deflateRawSync(raw));
}

/** How such a device behaves. */
export interface HostileWish {
  /** Rows of each section. */
  readonly rows: number;
  /** True: every section is an error with a hostile reason. */
  readonly isBroken?: boolean;
}

/** It is connected and lies. */
export interface HostileDevice {
  readonly id: string;
  /** True when everything it said is stored. */
  settled(): boolean;
  /** True when it has said how it stands to the policies in force, and that is stored. */
  hasTold(): boolean;
  /** Reports other facts than before. */
  change(): void;
  stop(): void;
}

const seriesOf = (planter: Planter, field: string) =>
  `system.filesystem.utilization{mountpoint=${planter.make(field, 100, isVisible)}}`;

/** The reports of one order, hostile in all that a device may say of it. */
function makeReports(device: SimulatedDevice, command: Command, planter: Planter): Omit<RunReport, 'seq'>[] {
  const at = new Date().toISOString();
  const lines = Array.from({ length: 3 }, () => planter.make('run.output', 200));
  const output = encodeUtf8(`${lines.join('\n')}\n`);
  const state = command.kind === 'script.run' ? 'failed' : 'succeeded';
  const result = {
    ...{ v: 1, org: command.org, deviceId: device.id, cmdId: command.cmdId, state, code: null },
    ...{ exit: state === 'failed' ? 3 : 0, summary: planter.make('run.summary', 400) },
    ...{ startedAt: at, endedAt: at, attempts: 1, unchanged: false, dryRun: command.dryRun },
    ...{ outputSha256: hashOf(output), outputBytes: output.length },
  };
  const signer = { keyid: '0'.repeat(16), sign: device.keys.sign };
  const signed = sealEnvelope(RESULT_TYPE, encodeUtf8(JSON.stringify(result)), [signer]);
  return (['accepted', 'running', state] as const).map((one, index) => ({
    ...{ type: 'run.report', cmdId: command.cmdId, state: one, n: index + 1, at, code: null },
    ...{ message: planter.make(`run.message.${one}`, 400), result: index === 2 ? signed : null },
    output: index === 2 ? encodeBase64url(output) : '',
  }));
}

/** A conversation under way. */
interface Talk {
  readonly device: SimulatedDevice;
  readonly wire: DeviceWire;
  readonly planter: Planter;
  readonly wish: HostileWish;
  /** Live streams by number, and the heartbeat. */
  readonly timers: Map<number, NodeJS.Timeout>;
  /** Another number of a message that has to be acknowledged. */
  number(): number;
}

/** What it says when it is asked for something beside its inventory. */
function createAnswers({ device, wire, planter, wish, timers, number }: Talk) {
  const seen = new Set<string>();
  const file = encodeUtf8(`${planter.make('run.file', 200)}\n`);
  return {
    live(id: number, name: string): void {
      const section = sections.find((one) => one.name === name);
      if (section === undefined) return;
      const rows = makeRows(section, planter, { count: wish.rows });
      const raw = encodeUtf8(writeBody(section, { outcome: 'ok', rows }));
      wire.socket.send(encodeLiveFrame({ id, encoding: 'raw', rawBytes: raw.length, data: raw }));
    },
    obey({ cmdId, envelope }: RunOffer): void {
      if (seen.has(cmdId)) return;
      seen.add(cmdId);
      const command: Command = JSON.parse(Buffer.from(envelope.payload, 'base64url').toString());
      // An order that nobody answers is under way for good.
      if (command.kind === 'power.reboot') return;
      for (const one of makeReports(device, command, planter)) wire.send({ ...one, seq: number() });
      if (command.kind !== 'file.fetch') return;
      wire.send({ type: 'file.offer', cmdId, sha256: hashOf(file), sizeBytes: file.length });
    },
    start(id: number, everyMs: number): void {
      const values = MEASURED.map(() => ({ series: seriesOf(planter, 'metric.live'), value: 0.5 }));
      const say = () => wire.send({ type: 'live.sample', id, at: new Date().toISOString(), values });
      timers.set(id, setInterval(say, everyMs));
      say();
    },
    stop(id: number): void {
      clearInterval(timers.get(id));
      timers.delete(id);
    },
    sendFile(offset: number): void {
      const sha256 = createHash('sha256').update(file).digest();
      const data = file.subarray(offset);
      wire.socket.send(encodePiece({ sha256, totalBytes: file.length, offset, data }));
    },
  };
}

/** Connects the device; it answers whatever it is asked until it is stopped. */
export async function runHostile(
  url: string,
  device: SimulatedDevice,
  { planter, wish }: { readonly planter: Planter; readonly wish: HostileWish },
): Promise<HostileDevice> {
  const wire = await openDevice(url, device);
  const timers = new Map<number, NodeJS.Timeout>();
  const unacknowledged = new Set<number>();
  let report = makeReport(planter, wish.rows, wish.isBroken === true);
  let isStored = false;
  let told = 0;
  let failure: unknown;
  let seq = 0;
  const number = () => {
    unacknowledged.add(++seq);
    return seq;
  };
  const answers = createAnswers({ device, wire, planter, wish, timers, number });

  function hear(message: ServerMessage): void {
    if (message.type === 'ack') for (const one of message.seqs) unacknowledged.delete(one);
    if (message.type === 'inventory.ask') wire.send(report.offer);
    if (message.type === 'inventory.stored') isStored = true;
    if (message.type === 'inventory.want')
      for (const hash of message.hashes)
        wire.socket.send(makeBodyFrame({ name: '', text: report.bodies.get(hash) ?? '' }));
    if (message.type === 'live.get') answers.live(message.id, message.name);
    if (message.type === 'live.start') answers.start(message.id, message.everyMs);
    if (message.type === 'live.stop') answers.stop(message.id);
    if (message.type === 'run.offer') answers.obey(message);
    if (message.type === 'policy.set') {
      told += 1;
      wire.send(makeStanding(planter, hashOf(message.envelope.payload), number()));
    }
    if (message.type === 'file.want') answers.sendFile(message.offset);
    if (message.type === 'refuse' || message.type === 'nack')
      throw new Error(`the hostile device was refused: ${JSON.stringify(message)}`);
  }

  async function listen(): Promise<void> {
    for (let message = await wire.next(); message !== null; message = await wire.next()) hear(message);
  }

  // A failure is found by whoever waits until it has settled.
  listen().catch((error: unknown) => {
    failure = error;
  });
  wire.send(report.offer);
  wire.socket.send(encodeChunkFrame({ seq: number(), chunk: makeChunk(planter) }));
  for (let n = 0; n < 2; n++) wire.send(makeAlert(number(), seriesOf(planter, 'alert.series')));
  wire.send(makeAlert(number(), planter.make('alert.series', 190)));
  // Streams have numbers from 1 on.
  timers.set(
    0,
    setInterval(() => wire.socket.send(encodeHeartbeat(quietBeat)), wire.beatMs),
  );
  return {
    id: device.id,
    settled() {
      if (failure !== undefined) throw failure;
      return isStored && unacknowledged.size === 0;
    },
    hasTold: () => told > 0 && unacknowledged.size === 0,
    change() {
      isStored = false;
      report = makeReport(planter, wish.rows, false);
      wire.send(report.offer);
    },
    stop() {
      for (const timer of timers.values()) clearInterval(timer);
      wire.socket.terminate();
    },
  };
}
