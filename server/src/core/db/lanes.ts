// Connections for one statement or transaction at a time, each a client of its own that is thrown away when its connection is lost.
//
// The client (postgres 3.4.9, src/connection.js) opens a lost connection again and carries on with what it knew of the old one: rows of
// a statement that was cut off begin the next result, an error is told to the next statement, a statement between an error and the end
// of the socket is forgotten, a transaction goes on without its beginning. So none is ever opened a second time here.
import type { Socket } from 'node:net';
import type { Sql } from 'postgres';
import { fail } from '../../errors.ts';
import { MAX_WAITING_STATEMENTS } from '../../limits.ts';
import type { Sockets, Target } from './sockets.ts';

/** One connection. */
export interface Lane<Client> {
  readonly sql: Client;
  /** False when the connection was lost. */
  isUsable(): boolean;
}

/** The connections of one purpose. */
export interface Lanes<Client> {
  /** One that is free now, without waiting. @throws MusterError E_UNAVAILABLE while the database is away */
  takeIdle(): Lane<Client> | undefined;
  /** The next free one, in the order of asking. @throws MusterError E_UNAVAILABLE while the database is away, or too many wait */
  take(): Promise<Lane<Client>>;
  /** `isClean` false: something may be left over in it. */
  giveBack(lane: Lane<Client>, isClean: boolean): void;
  /** Refuses whoever waits, lets statements under way finish for that long, then ends them. */
  close(timeoutMs: number): Promise<void>;
}

/** What connections need. */
export interface LanesDeps<Client> {
  /** Most of them. */
  readonly count: number;
  readonly sockets: Sockets;
  /** Makes a client of one connection that opens its socket so; nothing is connected yet. */
  open(openSocket: Sockets['open']): Client;
  /** True: nothing is asked of the database now. */
  isAway(): boolean;
}

/** Makes them; nothing is connected before it is needed. */
export function createLanes<Client extends Pick<Sql, 'end'>>(deps: LanesDeps<Client>): Lanes<Client> {
  return new LaneQueue(deps);
}

class ClientLane<Client extends Pick<Sql, 'end'>> implements Lane<Client> {
  readonly sql: Client;
  private socket: Socket | undefined;

  constructor({ open, sockets }: LanesDeps<Client>) {
    this.sql = open((target: Target) => {
      if (this.socket !== undefined)
        throw Object.assign(new Error('the connection was lost'), { code: 'CONNECTION_CLOSED' });
      this.socket = sockets.open(target);
      return this.socket;
    });
  }

  isUsable(): boolean {
    // Not opened yet; or open to both sides, which it is no more from the moment the other side's end was read.
    return this.socket === undefined || (this.socket.writable && this.socket.readable);
  }

  /** Ends it at once. */
  discard(): void {
    this.socket?.destroy();
    void this.sql.end({ timeout: 0 });
  }
}

interface Waiting<Client> {
  resolve(lane: Lane<Client>): void;
  reject(error: unknown): void;
}

class LaneQueue<Client extends Pick<Sql, 'end'>> implements Lanes<Client> {
  private readonly deps: LanesDeps<Client>;
  private readonly all = new Set<Lane<Client>>();
  private readonly idle: Lane<Client>[] = [];
  private waiting: Waiting<Client>[] = [];
  private isClosed = false;

  constructor(deps: LanesDeps<Client>) {
    this.deps = deps;
  }

  takeIdle(): Lane<Client> | undefined {
    if (this.isClosed) throw ended();
    if (this.deps.isAway())
      throw fail('E_UNAVAILABLE', { detail: 'The database does not answer; try again soon.' });
    for (let lane = this.idle.pop(); lane !== undefined; lane = this.idle.pop()) {
      if (lane.isUsable()) return lane;
      this.discard(lane);
    }
    return this.all.size < this.deps.count ? this.open() : undefined;
  }

  async take(): Promise<Lane<Client>> {
    const idle = this.takeIdle();
    if (idle !== undefined) return idle;
    if (this.waiting.length >= MAX_WAITING_STATEMENTS)
      throw fail('E_UNAVAILABLE', { detail: 'Too many statements wait for the database; try again soon.' });
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
    });
  }

  giveBack(lane: Lane<Client>, isClean: boolean): void {
    const isGood = isClean && lane.isUsable();
    if (!isGood) this.discard(lane);
    const next = this.waiting.shift();
    if (next !== undefined) next.resolve(isGood ? lane : this.open());
    else if (isGood) this.idle.push(lane);
  }

  async close(timeoutMs: number): Promise<void> {
    this.isClosed = true;
    for (const { reject } of this.waiting.splice(0)) reject(ended());
    await Promise.all([...this.all].map(({ sql }) => sql.end({ timeout: timeoutMs / 1000 })));
  }

  private open(): Lane<Client> {
    const lane = new ClientLane(this.deps);
    this.all.add(lane);
    return lane;
  }

  private discard(lane: Lane<Client>): void {
    this.all.delete(lane);
    if (lane instanceof ClientLane) lane.discard();
  }
}

/** As the client says it. */
function ended(): Error {
  return Object.assign(new Error('the clients have ended'), { code: 'CONNECTION_ENDED' });
}
