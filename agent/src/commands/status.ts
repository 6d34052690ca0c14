// `muster-agent status`: whether this device is enrolled and connected, as the running agent last wrote it down.
import { fingerprint } from '@muster/protocol';
import { nodeCrypto, rawPublicKey } from '../identity/crypto.ts';
import { createStateFolder } from '../identity/state-folder.ts';
import { readLockHolder } from '../platform/instance-lock.ts';
import { createStorage } from '../platform/storage.ts';
import { type AgentStatus, readStatus } from '../status.ts';
import type { CommandContext } from './command.ts';

/** Runs the command; returns the exit code: 0 for a running agent, 1 when none runs, 3 when not enrolled. */
export async function runStatus({ line, config, print }: CommandContext): Promise<number> {
  const storage = createStorage(config.stateDir);
  const folder = createStateFolder(storage);
  const enrollment = await folder.enrollment();
  const status = await readStatus(storage);
  const holder = await readLockHolder(config.stateDir);
  const code = enrollment === null ? 3 : holder === null ? 1 : 0;
  const facts = {
    running: holder !== null,
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
    return code;
  }
  if (enrollment === null) {
    print('Not enrolled. Run "muster-agent enroll" with a token of your server.');
    return code;
  }
  print(`Device       ${facts.deviceId}`);
  print(`Server       ${facts.server}`);
  print(`Fingerprint  ${facts.fingerprint}`);
  print(`Connection   ${describeConnection(status, holder)}`);
  if (status !== null)
    print(
      `Outbox       ${status.outbox.depth} waiting, ${status.outbox.dropped} dropped${status.outbox.diskFull ? ', disk full' : ''}`,
    );
  return code;
}

/** The connection in words; a file that an earlier process wrote says nothing of the one that runs. */
function describeConnection(status: AgentStatus | null, holder: number | null): string {
  if (holder === null)
    return `not running (${status === null ? 'it has not run yet' : `last wrote its status at ${status.writtenAt}`})`;
  if (status === null || status.pid !== holder) return 'connecting';
  const { connection } = status;
  if (connection.state === 'online') return `online since ${connection.since}`;
  if (connection.state === 'stopped') return 'stopping';
  return connection.state === 'waiting'
    ? `not connected: ${connection.why} Next try ${connection.retryAt}.`
    : 'connecting';
}
