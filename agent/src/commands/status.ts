// `muster-agent status`: whether this device is enrolled and connected, as the running agent last wrote it down.
import { fingerprint } from '@muster/protocol';
import { nodeCrypto, rawPublicKey } from '../identity/crypto.ts';
import { createStateFolder } from '../identity/state-folder.ts';
import { createStorage } from '../platform/storage.ts';
import { readStatus } from '../status.ts';
import type { CommandContext } from './command.ts';

/** Runs the command; returns the exit code (3 when not enrolled). */
export async function runStatus({ line, config, print }: CommandContext): Promise<number> {
  const storage = createStorage(config.stateDir);
  const folder = createStateFolder(storage);
  const enrollment = await folder.enrollment();
  const status = await readStatus(storage);
  const facts = {
    enrolled: enrollment !== null,
    server: enrollment?.serverUrl ?? null,
    deviceId: enrollment?.deviceId ?? null,
    fingerprint:
      enrollment === null ? null : fingerprint(rawPublicKey((await folder.keys()).device), nodeCrypto),
    connection: status?.connection ?? null,
    outbox: status?.outbox ?? null,
    writtenAt: status?.writtenAt ?? null,
  };
  if (line.flags.json === true) {
    print(JSON.stringify(facts, null, 2));
    return enrollment === null ? 3 : 0;
  }
  if (enrollment === null) {
    print('Not enrolled. Run "muster-agent enroll" with a token of your server.');
    return 3;
  }
  print(`Device       ${facts.deviceId}`);
  print(`Server       ${facts.server}`);
  print(`Fingerprint  ${facts.fingerprint}`);
  print(`Connection   ${describeConnection(status)}`);
  if (status !== null)
    print(
      `Outbox       ${status.outbox.depth} waiting, ${status.outbox.dropped} dropped${status.outbox.diskFull ? ', disk full' : ''}`,
    );
  return 0;
}

function describeConnection(status: Awaited<ReturnType<typeof readStatus>>): string {
  if (status === null) return 'unknown: the agent has not run yet';
  const { connection } = status;
  if (connection.state === 'online') return `online since ${connection.since}`;
  if (connection.state === 'stopped') return `the agent stopped at ${status.writtenAt}`;
  return connection.state === 'waiting'
    ? `not connected: ${connection.why} Next try ${connection.retryAt}.`
    : 'connecting';
}
