// A simulated device that obeys commands: a journal of what it did, reports that are sent until they are acknowledged.
import { createHash } from 'node:crypto';
import { type Envelope, encodeBase64url, encodeUtf8, pae, type RunReport } from '@muster/protocol';
import { RESULT_TYPE } from '@muster/protocol/commands';
import { openDevice, type SimulatedDevice, type Wire } from '../fleet/device.ts';
import { pause } from './wait.ts';

const RETRY_MS = 50;

/** The device. */
export interface ObedientDevice {
  /** How often each command was started; more than once would be a fault. */
  readonly starts: ReadonlyMap<string, number>;
  /** Offers that came, counted. */
  offers(): number;
  /** True when every report was acknowledged. */
  settled(): boolean;
  stop(): Promise<void>;
}

/** Only a device's own key makes its results. */
export function sealResult(
  device: Pick<SimulatedDevice, 'id' | 'keys'>,
  { org, cmdId, output }: { org: string; cmdId: string; output: string },
): Envelope {
  const at = new Date().toISOString();
  const result = {
    ...{ v: 1, org, deviceId: device.id, cmdId, state: 'succeeded', code: null, exit: 0, summary: 'Done.' },
    ...{ startedAt: at, endedAt: at, attempts: 1, unchanged: false, dryRun: false },
    outputSha256: createHash('sha256').update(output).digest('base64url'),
    outputBytes: output.length,
  };
  const payload = encodeUtf8(JSON.stringify(result));
  const sig = encodeBase64url(device.keys.sign(pae(RESULT_TYPE, payload)));
  return {
    payload: encodeBase64url(payload),
    payloadType: RESULT_TYPE,
    signatures: [{ keyid: '0'.repeat(16), sig }],
  };
}

/** Connects the device and keeps it connected until it is stopped. */
export function runObedientDevice(url: string, device: SimulatedDevice, output = 'done\n'): ObedientDevice {
  const starts = new Map<string, number>();
  const waiting = new Map<number, RunReport>();
  let offers = 0;
  let nextSeq = 1;
  let wire: Wire | null = null;
  let stopped = false;

  /** Each is in the outbox before it is sent, and sent again in every session. */
  function report(opened: Wire, cmdId: string, state: RunReport['state'], n: number): void {
    const isEnd = state === 'succeeded';
    const message: RunReport = {
      ...{
        type: 'run.report',
        seq: nextSeq++,
        cmdId,
        state,
        n,
        at: new Date().toISOString(),
        code: null,
        message: '',
      },
      result: isEnd ? sealResult(device, { org: opened.hello.org, cmdId, output }) : null,
      output: isEnd ? encodeBase64url(encodeUtf8(output)) : '',
    };
    waiting.set(message.seq, message);
    opened.send(message);
  }

  async function stay(opened: Wire): Promise<void> {
    wire = opened;
    for (const message of waiting.values()) opened.send(message);
    for (let answer = await opened.next(); answer !== null; answer = await opened.next()) {
      if (answer.type === 'ack') for (const seq of answer.seqs) waiting.delete(seq);
      if (answer.type !== 'run.offer') continue;
      offers += 1;
      const { cmdId } = answer;
      // The journal answers: what has run does not run again.
      if (starts.has(cmdId)) continue;
      starts.set(cmdId, 1);
      for (const [at, state] of (['accepted', 'running', 'succeeded'] as const).entries())
        report(opened, cmdId, state, at + 1);
    }
    wire = null;
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      // No server at the moment: tried again.
      await openDevice(url, device).then(stay, () => undefined);
      if (!stopped) await pause(RETRY_MS);
    }
  }

  const running = loop();
  return {
    starts,
    offers: () => offers,
    settled: () => waiting.size === 0,
    async stop() {
      stopped = true;
      wire?.socket.terminate();
      await running;
    },
  };
}
