// What the executor's journal says: the words of others that were verified, and the steps of every run.
import type { CommandClass, RunState } from '@muster/protocol';
import type { CommandKind, Freshness, HaltInForce } from '@muster/protocol/commands';

/** An offer as it came, kept until its run has ended: it is verified again when the run starts later. */
export interface KeptOffer {
  readonly envelope: unknown;
  readonly proof: { readonly index: number; readonly path: readonly string[] } | null;
  readonly content: readonly unknown[];
}

/** A file that a finished run holds for the server. */
export interface HeldFile {
  /** Below the executor's folder. */
  readonly path: string;
  /** base64url. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What the core does once a result is safe with it. */
export type CoreAct = 'refresh-inventory' | 'unenroll';

/** How a run ended. */
export interface RunEnd {
  /** The result document, as text; the core signs it. */
  readonly result: string;
  /** Kept output, base64url; emptied once the core has confirmed the report. */
  readonly output: string;
  readonly act: CoreAct | null;
}

/** One step of a run as it is told outside. */
export interface RunStep {
  /** From 1. */
  readonly n: number;
  readonly state: RunState;
  readonly atMs: number;
  readonly code: string | null;
  readonly message: string;
  readonly end: RunEnd | null;
}

/** Where an effect happens: in the executor, in a unit of its own with a spool, or in the core after the result. */
export type RunPlace = 'inside' | 'unit' | 'core';

/** A moment that a changed clock does not move: ms since the system started, in that run of it. */
export interface Moment {
  readonly bootId: string;
  readonly monotonicMs: number;
}

/** One run, whole. */
export interface RunEntry {
  readonly cmdId: string;
  readonly digest: string;
  readonly kind: CommandKind;
  readonly commandClass: CommandClass;
  readonly requester: string;
  readonly reason: string;
  readonly dryRun: boolean;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Null once it has ended. */
  readonly offer: KeptOffer | null;
  readonly acceptedAtMs: number;
  /** First sight in this run of the system, for the cool-off. */
  readonly seen: Moment;
  readonly state: RunState;
  readonly n: number;
  /** Starts of its effect. */
  readonly attempts: number;
  /** Times it was found under way by a new executor, and not ended. */
  readonly crashes: number;
  /** True from before it is looked at until it has ended or waits: a start that finds it so counts a crash. */
  readonly isTried: boolean;
  /** First start of the effect; null: never. */
  readonly startedAtMs: number | null;
  /** Of the newest attempt. */
  readonly attempt: { readonly atMs: number; readonly bootId: string; readonly place: RunPlace } | null;
  /** Steps that the core has not confirmed, ascending; the last one stays for who asks again. */
  readonly steps: readonly RunStep[];
  readonly confirmedN: number;
  readonly file: HeldFile | null;
  /** What a person last decided about it while it waited; null: nothing. */
  readonly decision: Decision | null;
}

/** A person's decision about a run. */
export interface Decision {
  /** Id of the command that ordered it. */
  readonly by: string;
  readonly action: 'again' | 'give-up';
  /** True once it has started the run. */
  readonly isUsed: boolean;
}

/** The server's last word as it was taken. */
export interface KeptFreshness {
  readonly freshness: Freshness;
  readonly seen: Moment;
  /** When it came by the device's own clock, ms since 1970: its age is counted from there too. */
  readonly clockMs: number;
  /** Server keys that signed it, base64url. */
  readonly keys: readonly string[];
  /** Version of the trust document by which it was taken. */
  readonly trustVersion: number;
}

/** A record. Applying one twice changes nothing. */
export type JournalRecord =
  | { readonly t: 'trust'; readonly envelope: unknown; readonly hash: string; readonly version: number }
  | ({ readonly t: 'fresh' } & KeptFreshness)
  | { readonly t: 'halt'; readonly halt: HaltInForce }
  | { readonly t: 'lift'; readonly haltId: string }
  /** Something in the journal was damaged: what could have begun before is in doubt. */
  | { readonly t: 'damaged'; readonly atMs: number }
  | { readonly t: 'run'; readonly run: RunEntry }
  /** Some fields of a run have changed; `n` is that of its last step. */
  | { readonly t: 'set'; readonly cmdId: string; readonly n: number; readonly set: RunChange }
  /** A run has made a step. */
  | {
      readonly t: 'step';
      readonly cmdId: string;
      readonly step: RunStep;
      readonly set: RunChange;
    }
  | { readonly t: 'confirmed'; readonly cmdId: string; readonly n: number };

/** Fields of a run that change beside its state. */
export type RunChange = Partial<
  Pick<
    RunEntry,
    'seen' | 'attempts' | 'crashes' | 'isTried' | 'startedAtMs' | 'attempt' | 'file' | 'decision'
  >
>;
