// The agent's status file: written when the connection changes, read by `muster-agent status`. The agent opens no port.
import type { ConnectionState } from './connection/connection.ts';
import type { Storage } from './platform/storage.ts';
import type { Suspicion } from './suspicion.ts';

/** Name of the file in the state folder. */
export const STATUS_FILE = 'status.json';
/** Largest status file that is believed, bytes. */
const MAX_BYTES = 64 * 1024;

/** What the file says. */
export interface AgentStatus {
  readonly writtenAt: string;
  readonly pid: number;
  readonly connection: ConnectionState | { readonly state: 'stopped' };
  readonly outbox: {
    readonly depth: number;
    readonly dropped: number;
    readonly diskFull: boolean;
    /** Bytes of waiting messages that were found damaged at the start of the agent. */
    readonly damagedBytes: number;
  };
  /** Why the server is suspected; null: it is not. */
  readonly suspicion: Suspicion | null;
}

/** Writes the file; a full disk leaves the old one. */
export async function writeStatus(storage: Storage, status: AgentStatus): Promise<void> {
  await storage.writeAtomic(STATUS_FILE, Buffer.from(`${JSON.stringify(status)}\n`));
}

/** Reads the file; null when the agent never ran. */
export async function readStatus(storage: Storage): Promise<AgentStatus | null> {
  const bytes = await storage.readRange(STATUS_FILE, 0, MAX_BYTES);
  return bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString('utf8')) as AgentStatus);
}
