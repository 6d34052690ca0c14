// `muster-agent status`: whether this device is enrolled and connected, as the running agent last wrote it down.
import { fingerprint } from '@muster/protocol';
import { DAMAGED_FOLDER } from '../connection/outbox-log.ts';
import { describeTestimony, readTestimony } from '../conversations/testimony.ts';
import { nodeCrypto, rawPublicKey } from '../identity/crypto.ts';
import { createStateFolder } from '../identity/state-folder.ts';
import { readLockHolder } from '../platform/instance-lock.ts';
import { createStorage } from '../platform/storage.ts';
import { type AgentStatus, readStatus } from '../status.ts';
import type { CommandContext } from './command.ts';

/** What is known of this device's agent; `--json` prints exactly this. */
async function readFacts(stateDir: string) {
  const storage = createStorage(stateDir);
  const folder = createStateFolder(storage);
  const enrollment = await folder.enrollment();
  const status = await readStatus(storage);
  const holder = await readLockHolder(stateDir);
  const key = enrollment === null ? null : rawPublicKey((await folder.keys()).device);
  const facts = {
    running: holder !== null,
    enrolled: enrollment !== null,
    server: enrollment?.serverUrl ?? null,
    deviceId: enrollment?.deviceId ?? null,
    fingerprint: key === null ? null : fingerprint(key, nodeCrypto),
    connection: status?.connection ?? null,
    outbox: status?.outbox ?? null,
    suspicion: status?.suspicion ?? null,
    witness: await readTestimony(storage),
    writtenAt: status?.writtenAt ?? null,
  };
  return { facts, status, holder };
}

/** Runs the command; returns the exit code: 0 for a running agent, 1 when none runs, 3 when not enrolled. */
export async function runStatus({ line, config, print }: CommandContext): Promise<number> {
  const { facts, status, holder } = await readFacts(config.stateDir);
  if (line.flags.json === true) print(JSON.stringify(facts, null, 2));
  else if (facts.enrolled) printFacts({ facts, status, holder }, print);
  else print('Not enrolled. Run "muster-agent enroll" with a token of your server.');
  if (!facts.enrolled) return 3;
  return facts.running ? 0 : 1;
}

function printFacts(
  { facts, status, holder }: Awaited<ReturnType<typeof readFacts>>,
  print: (text: string) => void,
): void {
  print(`Device       ${facts.deviceId}`);
  print(`Server       ${facts.server}`);
  print(`Fingerprint  ${facts.fingerprint}`);
  print(`Connection   ${describeConnection(status, holder)}`);
  for (const text of describeTestimony(facts.witness)) print(text);
  if (status === null) return;
  const { depth, dropped, diskFull, damagedBytes } = status.outbox;
  print(`Outbox       ${depth} waiting, ${dropped} dropped${diskFull ? ', disk full' : ''}`);
  if (damagedBytes > 0)
    print(
      `             ${damagedBytes} bytes of it were damaged on disk and are set aside in ${DAMAGED_FOLDER}`,
    );
  printSuspicion(status, print);
}

/** Said whatever else is well: this is about whom the device trusts. */
function printSuspicion({ suspicion }: AgentStatus, print: (text: string) => void): void {
  // A file of an older build does not say.
  if (suspicion === null || suspicion === undefined) return;
  const { count, firstAt, lastAt, what, code } = suspicion;
  print(
    `Suspicion    of the server: ${count} forged or changed document${count === 1 ? '' : 's'} since ${firstAt}, the last a ${what} at ${lastAt} (${code}).`,
  );
  print(
    '             Nothing of them was carried out. Look at the server and at who can write to its database.',
  );
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
