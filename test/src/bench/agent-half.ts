// The agent's real inventory and conversation inside a bench, on the files of any root, talking through a socket of the bench.
import { createHash } from 'node:crypto';
import {
  encodeHeartbeat,
  type InventoryOffer,
  type InventoryWant,
  type ServerMessage,
} from '@muster/protocol';
import { type DeviceWire, quietBeat } from '../fleet/device.ts';

/** What the bench uses of the agent's inventory (agent/src/collectors/runner.ts). */
export interface AgentInventory {
  runNow(): Promise<void>;
  /** First 8 bytes of the root. */
  digest(): Uint8Array;
  offer(): InventoryOffer;
  /** Body of one section as JSON. */
  collect(name: string): Promise<string>;
}

interface AgentConversation {
  ask(): void;
  want(message: InventoryWant): Promise<void>;
}

/** What the bench takes from the agent's compiled files. */
interface AgentParts {
  readonly collectors: readonly unknown[];
  createInventory(options: object): AgentInventory;
  createInventoryConversation(deps: object): AgentConversation;
  createFiles(root: string): object;
  readonly systemClock: { now(): number };
}

/** The agent is a program, not a library: its compiled files are loaded by their place, as the agent itself loads them. */
async function loadAgent(): Promise<AgentParts> {
  const dist = new URL('../../../agent/dist/', import.meta.url);
  const files = [
    'collectors/index.js',
    'conversations/inventory.js',
    'platform/files.js',
    'platform/clock.js',
  ];
  const modules = await Promise.all(files.map((file) => import(new URL(file, dist).href)));
  return Object.assign({}, ...modules);
}

const agent = await loadAgent();
const log = { debug: () => undefined, warn: () => undefined };

/** The inventory of the system below that folder, with the agent's own collectors; nothing is read or kept yet. */
export function openInventory(root: string): AgentInventory {
  const { collectors, systemClock: clock } = agent;
  return agent.createInventory({
    collectors,
    // On Linux the list needs no child process; a collector that asked for one would show as an error.
    context: { files: agent.createFiles(root), probe: null, now: clock.now },
    store: { readState: async () => null, writeState: async () => undefined },
    clock,
    log,
    sha256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest(),
  });
}

/** The inventory in conversation with a server. */
export interface Talk {
  readonly inventory: AgentInventory;
  /** Talks through that socket from now on. */
  use(wire: DeviceWire): void;
  /** Sends a heartbeat with the digest of now. */
  beat(): void;
  /** Times that the server has said "stored". */
  stored(): number;
}

/** Starts to talk; offers go out by themselves whenever a pass finds a change. */
export function startTalk(root: string): Talk {
  const inventory = openInventory(root);
  let wire: DeviceWire | null = null;
  let stored = 0;
  /** The part of a session that a conversation uses. */
  const session = {
    send(data: string | Uint8Array) {
      wire?.socket.send(data);
      return wire !== null;
    },
  };
  const conversation = agent.createInventoryConversation({
    inventory,
    session: () => (wire === null ? null : session),
    log,
  });

  async function react(message: ServerMessage): Promise<void> {
    if (message.type === 'inventory.ask') conversation.ask();
    else if (message.type === 'inventory.want') await conversation.want(message);
    else if (message.type === 'inventory.stored') stored++;
    else if (message.type === 'refuse') throw new Error(`the server refused: ${message.code}`);
  }

  async function listen(from: DeviceWire): Promise<void> {
    for (let message = await from.next(); message !== null; message = await from.next()) await react(message);
  }

  return {
    inventory,
    stored: () => stored,
    use(next) {
      wire = next;
      void listen(next);
    },
    beat: () =>
      void wire?.socket.send(encodeHeartbeat({ ...quietBeat, inventoryDigest: inventory.digest() })),
  };
}
