// The contract of a command kind on the device: check what is, say what would be done, do it, verify that it holds.
import type { CommandKind, Content } from '@muster/protocol/commands';

/** A program with its exact arguments; never a shell line. */
export interface Program {
  /** Absolute path. */
  readonly path: string;
  readonly args: readonly string[];
  /** The whole environment besides PATH, LANG and the MUSTER_ names that the executor adds. */
  readonly env?: Readonly<Record<string, string>>;
  /** Text on its standard input. Absent: nothing. */
  readonly stdin?: string;
  /** User name it runs as. Absent: as the executor. */
  readonly user?: string;
  /** It is ended after that, with all its children, ms. */
  readonly timeoutMs: number;
  /** Output kept for who reads it, bytes; for `read` only. Absent: MAX_OUTPUT_BYTES. */
  readonly maxOutputBytes?: number;
  /** True: it only looks, but writes caches, logs or temporary files of its own; `read` runs it in a unit. */
  readonly keepsFiles?: boolean;
}

/** A program that came as text in a policy. */
export interface ScriptText {
  /** Absolute path of what runs it, and what stands before the text's name. */
  readonly interpreter: string;
  readonly options: readonly string[];
  readonly text: string;
  /** It is ended after that, with all that it started, ms. */
  readonly timeoutMs: number;
  /** True: nothing that it started may stay behind. False: what a program that ended by itself has started stays, as a service does. */
  readonly onlyLooks: boolean;
}

/** How a program ended. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly exit: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  /** Standard output and error as they came, the tail of at most MAX_OUTPUT_BYTES, or of what the program asked for. */
  readonly output: string;
}

/** What a kind may use; nothing else reaches the device. */
export interface KindContext {
  /** Folder that stands for `/`: empty on a device, a throw-away root in tests. Every path a kind touches begins with it. */
  readonly root: string;
  /** Folders of the agent and the executor besides the usual ones, as seen below `root`: no kind reads or writes there. Absent: none. */
  readonly ownFolders?: readonly string[];
  /** Folder for a file that this run hands to the server; made by the executor. Absent: file.fetch is refused. */
  readonly spool?: string;
  readonly bootId: string;
  /** Who asked, for the device's own logs and the environment of what runs. */
  readonly asked: {
    readonly cmdId: string;
    readonly deviceId: string;
    readonly requester: string;
    readonly reason: string;
  };
  /** Runs a short program: one that changes nothing or, in an effect of our own code, one small step of it. */
  read(program: Program): Promise<Ended>;
  /** Runs a program of a policy, one at a time on a device. Absent: none is run here. @throws MusterError E_RUNNING, E_INTERRUPTED, and the system's errors */
  runScript?(script: ScriptText): Promise<Ended>;
  /** The approved content that the command names, with the path of its verified body. @throws MusterError E_STATE for a command without */
  content(): Promise<{ readonly document: Content; readonly path: string }>;
  /**
   * The reason for which the owner's deny list forbids this kind for one of these names: of a unit behind an alias, a package that
   * is dragged along, a process. Absent: there is no such list here, or it was asked before.
   */
  findDenial?(names: readonly string[]): Promise<string | undefined>;
  /** Ms since 1970. */
  now(): number;
}

/** What follows from looking. */
export type Check =
  /** The wanted state holds: nothing is done. */
  | { readonly state: 'holds'; readonly summary: string }
  /** Refused by the kind's own rules (an essential package, a forbidden path). */
  | { readonly state: 'refused'; readonly code: string; readonly summary: string }
  /** This would be done; a dry run ends here. */
  | { readonly state: 'act'; readonly summary: string; readonly effect: Effect };

/** How it is done. */
export type Effect =
  /** A program in a unit of its own, which outlives the executor. */
  | { readonly where: 'unit'; readonly program: Program; readonly okExits: readonly number[] }
  /**
   * Work of our own code. What changes something is done by a wrapper in a unit, which looks again before it acts: the executor
   * itself writes nowhere but to its own folder. What only reads is done inside the executor.
   */
  | {
      readonly where: 'inside';
      run(stop: AbortSignal): Promise<InsideOutcome>;
      /** True: it looks at what is hidden from the executor (network, kernel log), and is done in a unit too. */
      readonly looksWide?: boolean;
    }
  /** The core does it once the result is durable. */
  | { readonly where: 'core'; readonly act: 'refresh-inventory' | 'unenroll' };

/** The end of work of our own code. */
export interface InsideOutcome {
  readonly ok: boolean;
  readonly summary: string;
  /** For the result; at most MAX_OUTPUT_BYTES, the tail is kept. */
  readonly output: string;
  /** A file for the server, below the executor's spool; only of what is done inside the executor. Absent: none. */
  readonly file?: { readonly path: string };
}

/** What an interrupted run turned out to have done. */
export type Probe = 'done' | 'not-done' | 'half-done';

/** When the interrupted attempt began. */
export interface Started {
  readonly atMs: number;
  readonly bootId: string;
}

/** One kind of command. `Args` fit the kind's schema already. */
export interface Kind<Args> {
  readonly name: CommandKind;
  /** Looks and decides; changes nothing. */
  check(args: Args, context: KindContext): Promise<Check>;
  /** After the effect ended well: does the wanted state hold? A sentence says what is missing; null: it holds. */
  verify(args: Args, context: KindContext): Promise<string | null>;
  /** Probeable kinds: did the interrupted effect take place? */
  probe?(args: Args, context: KindContext, started: Started): Promise<Probe>;
}
