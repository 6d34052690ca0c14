// A simulated device that answers each command once, as it is told to: reports, output, a result that its own key signs.
import {
  encodeBase64url,
  encodeUtf8,
  keyid,
  type RunOffer,
  type RunReport,
  type RunState,
  sealEnvelope,
} from '@muster/protocol';
import { type Command, RESULT_TYPE, type Result } from '@muster/protocol/commands';
import { type DeviceWire, enrollDevice, openDevice, type SimulatedDevice } from '../fleet/device.ts';
import { crypto } from './crypto.ts';
import type { TestServer } from './server.ts';

/** What a device says at the end of a run. */
export interface Outcome {
  readonly state: 'succeeded' | 'failed' | 'refused';
  readonly output?: string;
  /** Absent: no program ran. */
  readonly exit?: number;
  readonly code?: string;
  readonly message?: string;
}

/** What becomes of a command; null: the device never says anything of it. */
export type Behavior = (command: Command) => Outcome | null;

/** The device. */
export interface ToldDevice {
  readonly id: string;
  readonly hostname: string;
  /** Commands that reached it, by id. */
  readonly seen: ReadonlySet<string>;
  /** Comes, or comes back. */
  connect(): Promise<DeviceWire>;
}

function decode({ envelope }: RunOffer): Command {
  return JSON.parse(Buffer.from(envelope.payload, 'base64url').toString());
}

/** The reports of one run, in order; the last one is signed by the device. */
function makeReports(device: SimulatedDevice, command: Command, outcome: Outcome): Omit<RunReport, 'seq'>[] {
  const at = new Date().toISOString();
  const { state, output = '', exit = null, code = null, message = '' } = outcome;
  const bytes = encodeUtf8(output);
  const result: Result = {
    ...{ v: 1, org: command.org, deviceId: device.id, cmdId: command.cmdId, state, code, exit },
    ...{ summary: `It ${state}.`, startedAt: at, endedAt: at, attempts: 1, unchanged: false },
    dryRun: command.dryRun,
    outputSha256: encodeBase64url(crypto.sha256(bytes)),
    outputBytes: bytes.length,
  };
  const signer = { keyid: keyid(device.keys.deviceKey, crypto), sign: device.keys.sign };
  const signed = sealEnvelope(RESULT_TYPE, encodeUtf8(JSON.stringify(result)), [signer]);
  const states: RunState[] = state === 'refused' ? [state] : ['accepted', 'running', state];
  return states.map((one, index) => {
    const isLast = index === states.length - 1;
    return {
      ...{ type: 'run.report', cmdId: command.cmdId, state: one as RunReport['state'], n: index + 1, at },
      ...(isLast ? { code, message, result: signed } : { code: null, message: '', result: null }),
      output: isLast ? encodeBase64url(bytes) : '',
    };
  });
}

/** Enrolls one, which is approved at once. */
export async function makeToldDevice(
  server: Pick<TestServer, 'url' | 'enrollmentToken'>,
  hostname: string,
  behave: Behavior,
): Promise<ToldDevice> {
  const device = await enrollDevice(server.url, await server.enrollmentToken(), { hostname });
  const seen = new Set<string>();
  let seq = 100;
  async function obey(wire: DeviceWire): Promise<void> {
    for (let message = await wire.next(); message !== null; message = await wire.next()) {
      if (message.type !== 'run.offer' || seen.has(message.cmdId)) continue;
      seen.add(message.cmdId);
      const command = decode(message);
      const outcome = behave(command);
      if (outcome === null) continue;
      const data = encodeBase64url(encodeUtf8(outcome.output ?? ''));
      if (data !== '') wire.send({ type: 'run.output', cmdId: command.cmdId, offset: 0, data });
      for (const report of makeReports(device, command, outcome)) wire.send({ ...report, seq: ++seq });
    }
  }
  return {
    id: device.id,
    hostname,
    seen,
    async connect() {
      const wire = await openDevice(server.url, device);
      void obey(wire);
      return wire;
    },
  };
}
