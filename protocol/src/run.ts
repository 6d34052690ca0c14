// The life of a run (one command on one device) as data: states, legal moves, who makes them and why.
//
// Start at most once, report at least once, record effectively once:
// - Server and agent each keep the state; the agent writes every arrow of its own to the journal and waits for
//   fdatasync before the arrow shows outside.
// - Offering again after a lost connection is no move: the run stays `offered` under the same id, and the agent
//   answers from its journal.
// - Once offered, only the agent can say that a run did not start. The server alone may close it as `unknown`,
//   which is the one final state that a late report amends.
// - A cancellation and the end of its time stop a run in every state from which it could still begin. One of a kind that may
//   run once, interrupted in the middle, begins once more only by a person's decision.

/** Who makes a move. `server` also records what admins and signers ask for; a person never moves a run directly. */
export type RunActor = 'server' | 'agent';

/** What a state means. */
export interface RunStateEntry {
  /** The state in one byte, as blocks of runs keep it. Never reused. */
  readonly code: number;
  /** True when nothing more happens; only `unknown` is amended. */
  readonly final: boolean;
  /** One sentence for console and docs. */
  readonly description: string;
}

/** All states, in the order a run meets them. */
export const runStates = {
  queued: { code: 0, final: false, description: 'Stored for a device that has not been offered it yet.' },
  offered: {
    code: 1,
    final: false,
    description: 'Sent to the device; no answer yet, so it may or may not have it.',
  },
  accepted: { code: 2, final: false, description: 'Verified and journalled by the device, not started.' },
  deferred: {
    code: 3,
    final: false,
    description: 'Accepted, waiting for a window, a cool-off or room on the device.',
  },
  running: { code: 4, final: false, description: 'Started on the device.' },
  interrupted: {
    code: 5,
    final: false,
    description: 'Found started and gone after a crash or reboot; not yet decided.',
  },
  'waiting-person': {
    code: 6,
    final: false,
    description: 'Interrupted and not safe to repeat; a signer decides.',
  },
  succeeded: { code: 16, final: true, description: 'Done, and its effect verified where the kind can.' },
  failed: { code: 17, final: true, description: 'Ran and did not reach its effect; the result says why.' },
  canceled: { code: 18, final: true, description: 'Stopped on request, before or after it started.' },
  expired: { code: 19, final: true, description: 'Its time passed before it started; it never ran.' },
  refused: { code: 20, final: true, description: 'The device refused it with a code; it never ran.' },
  quarantined: {
    code: 21,
    final: true,
    description: 'Brought the executor down three times; not tried again.',
  },
  unknown: {
    code: 22,
    final: true,
    description: 'The device vanished after the offer; amended when it reports.',
  },
} as const satisfies Record<string, RunStateEntry>;

/** A state of a run. */
export type RunState = keyof typeof runStates;

/** One legal move. */
export interface RunMove {
  readonly from: RunState;
  readonly to: RunState;
  readonly by: RunActor;
  /** When the move is made, one sentence. */
  readonly why: string;
}

/** Every legal move; what is not here never happens. A run begins as `queued`. */
// biome-ignore format: one row a move is easier to read and to compare
export const runMoves = [
  { from: 'queued', to: 'offered', by: 'server', why: 'The device has a session and the run is due.' },
  { from: 'queued', to: 'canceled', by: 'server', why: 'Canceled or halted before it was offered.' },
  { from: 'queued', to: 'expired', by: 'server', why: 'notAfter passed before the device came online.' },

  { from: 'offered', to: 'accepted', by: 'agent', why: 'Every check passed and the journal holds it.' },
  { from: 'offered', to: 'refused', by: 'agent', why: 'A check failed; the refusal carries its code.' },
  { from: 'offered', to: 'canceled', by: 'agent', why: 'Canceled or halted before it was accepted.' },
  { from: 'offered', to: 'expired', by: 'agent', why: 'notAfter had passed when it arrived.' },
  { from: 'offered', to: 'unknown', by: 'server', why: 'The device stayed away or was retired without an answer.' },

  { from: 'accepted', to: 'deferred', by: 'agent', why: 'It must wait for a window, a cool-off or a local limit.' },
  { from: 'accepted', to: 'running', by: 'agent', why: 'The start is journalled; the effect may begin.' },
  { from: 'accepted', to: 'refused', by: 'agent', why: 'Checked again at the start: trust, deny list or limits changed.' },
  { from: 'accepted', to: 'canceled', by: 'agent', why: 'Canceled or halted before it started.' },
  { from: 'accepted', to: 'expired', by: 'agent', why: 'notAfter passed before it started, as after a long reboot.' },
  { from: 'accepted', to: 'unknown', by: 'server', why: 'The device stayed away or was retired.' },

  { from: 'deferred', to: 'running', by: 'agent', why: 'What it waited for has come.' },
  { from: 'deferred', to: 'refused', by: 'agent', why: 'Checked again at the start: trust, deny list or limits changed.' },
  { from: 'deferred', to: 'canceled', by: 'agent', why: 'Canceled or halted while it waited.' },
  { from: 'deferred', to: 'expired', by: 'agent', why: 'notAfter passed while it waited.' },
  { from: 'deferred', to: 'unknown', by: 'server', why: 'The device stayed away or was retired.' },

  { from: 'running', to: 'succeeded', by: 'agent', why: 'It ended and its effect holds.' },
  { from: 'running', to: 'failed', by: 'agent', why: 'It ended without its effect, or ran into its timeout.' },
  { from: 'running', to: 'canceled', by: 'agent', why: 'It was stopped on request.' },
  { from: 'running', to: 'interrupted', by: 'agent', why: 'After a crash or reboot its unit is gone and left no result.' },
  { from: 'running', to: 'unknown', by: 'server', why: 'The device vanished while it ran.' },

  { from: 'interrupted', to: 'running', by: 'agent', why: 'Convergent kind, or a probe says that it did not take place.' },
  { from: 'interrupted', to: 'succeeded', by: 'agent', why: 'A probe says that the effect holds.' },
  { from: 'interrupted', to: 'failed', by: 'agent', why: 'A probe says that the effect is half made and cannot be repeated.' },
  { from: 'interrupted', to: 'canceled', by: 'agent', why: 'Canceled or halted before it was repeated.' },
  { from: 'interrupted', to: 'waiting-person', by: 'agent', why: 'A kind that may run once only.' },
  { from: 'interrupted', to: 'quarantined', by: 'agent', why: 'The third crash on this command.' },
  { from: 'interrupted', to: 'unknown', by: 'server', why: 'The device vanished before it decided.' },

  { from: 'waiting-person', to: 'running', by: 'agent', why: 'A signer orders it to run again.' },
  { from: 'waiting-person', to: 'canceled', by: 'agent', why: 'A signer gives it up, it is canceled, or notAfter passes before anybody decided.' },
  { from: 'waiting-person', to: 'unknown', by: 'server', why: 'The device vanished while somebody thought about it.' },

  { from: 'unknown', to: 'succeeded', by: 'agent', why: 'The device came back and reported.' },
  { from: 'unknown', to: 'failed', by: 'agent', why: 'The device came back and reported.' },
  { from: 'unknown', to: 'canceled', by: 'agent', why: 'The device came back and reported.' },
  { from: 'unknown', to: 'expired', by: 'agent', why: 'The device came back and reported.' },
  { from: 'unknown', to: 'refused', by: 'agent', why: 'The device came back and reported.' },
  { from: 'unknown', to: 'quarantined', by: 'agent', why: 'The device came back and reported.' },
] as const satisfies readonly RunMove[];

const legal: ReadonlySet<string> = new Set(runMoves.map(({ from, to }) => `${from}>${to}`));

/** True when a run in `from` may become `to`. A repeated report (`from` equals `to`) is no move and gives false. */
export function canMove(from: RunState, to: RunState): boolean {
  return legal.has(`${from}>${to}`);
}

/** True when nothing more is expected of a run in that state. */
export function isFinal(state: RunState): boolean {
  return runStates[state].final;
}
