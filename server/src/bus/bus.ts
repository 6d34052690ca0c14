// How processes of one server talk: to a gateway, to the owner of a lease, or to all gateways; never to a device.

/**
 * Plain data that can be cloned between processes: what JSON can say, and Uint8Array. It is handed over: whoever sent it does not
 * change it afterwards, and whoever gets it does not either (within one process both hold the same object).
 */
export type BusBody = unknown;

/** Whom a message is for: one process by its id, whoever holds the lease of that name, or every gateway but the sender. */
export type BusAddress =
  | { readonly gateway: string }
  | { readonly owner: string }
  | { readonly everyone: true };

/** A message as a handler gets it. What it returns answers a request; it is ignored for a message. */
export type BusHandler = (body: BusBody, from: string) => BusBody | Promise<BusBody>;

/** A request: what is asked, and how long the answer is waited for. */
export interface BusQuestion {
  readonly body: BusBody;
  readonly timeoutMs: number;
}

/** What a process is told of the others. */
export interface BusEvents {
  /** It is here; everything it says comes after this. */
  joined(id: string): void;
  /** Its process has ended, or has given up everything it held: that may be taken. Nothing it said comes after this. */
  gone(id: string): void;
  /** Messages from that process were dropped because too much was waiting; what they said must be asked anew. */
  missed(id: string): void;
  /** Another process owns that name now, which this one had; always told, also where messages are dropped. */
  succeeded?(name: string): void;
}

/** Figures of one process since its start. */
export interface BusCounts {
  readonly sent: number;
  readonly received: number;
  /** Messages of this process that did not fit into its queue. */
  readonly dropped: number;
  /** How often this process was told that it missed something. */
  readonly missed: number;
  readonly queuedBytes: number;
}

/**
 * Delivery is at most once and in order between two processes; handlers are called in that order and not waited for.
 * Nothing durable may depend on it. A message to somebody who is not there is dropped; a request rejects with E_UNAVAILABLE
 * at once (nobody there, nobody who handles it, he ended meanwhile, too much is waiting) or with E_TIMEOUT. It may have
 * been carried out all the same. A MusterError that the handler throws arrives with its code; anything else as E_INTERNAL.
 */
export interface Bus {
  /** Of this process, new with each start. */
  readonly id: string;
  send(to: BusAddress, topic: string, body: BusBody): void;
  /** To one: a gateway or an owner. */
  request(to: BusAddress, topic: string, question: BusQuestion): Promise<BusBody>;
  /** One handler a topic; a second is a programming error. The returned function ends it. */
  handle(topic: string, handler: BusHandler): () => void;
  /** From now on messages to the owner of that name come here; the returned function gives it up. The last to call it has it. */
  own(name: string): () => void;
  /** Ids of the other processes that are here. */
  members(): readonly string[];
  /** Listens until the returned function is called. */
  watch(events: BusEvents): () => void;
  counts(): BusCounts;
  /** Sends what waits and leaves; the others are told that this one is gone, so it is the last thing a process does. */
  stop(): Promise<void>;
}
