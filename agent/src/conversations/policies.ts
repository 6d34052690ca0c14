// The core's side of the conversation about policies: hands on what is signed, and tells the server what the executor holds. It decides nothing.
import {
  type AgentMessage,
  decodeBase64url,
  encodeBase64url,
  type PolicySetMessage,
  type PolicyState,
  pae,
} from '@muster/protocol';
import type { Outbox } from '../connection/outbox.ts';
import type { FromExecutor, PolicyMessage, ToExecutor } from '../executor/local/messages.ts';
import { nodeCrypto } from '../identity/crypto.ts';
import { createFileWatch } from '../platform/file-watch.ts';

/** Pause before what found no room in the outbox is put there again, ms. */
const NO_ROOM_PAUSE_MS = 10_000;

/** Since when servers take what became of policies; to others nothing is told, and the executor keeps it. */
const REPORTS_CAPABILITY = 7;

/** What the executor says of policies. */
type Said = Extract<FromExecutor, { type: 'policies' | 'policy.want' | 'policy.items' | 'policy.watch' }>;
/** What it holds. */
type Standing = Extract<FromExecutor, { type: 'policies' }>;

/** How items stand that stand otherwise than before. */
type Items = Extract<FromExecutor, { type: 'policy.items' }>;

/** What handing on needs. */
export interface PolicyRelayDeps {
  readonly outbox: Outbox;
  /** To the executor; false where none listens. */
  send(message: ToExecutor): boolean;
  /** To the server, where there is a session. */
  sendUp(message: AgentMessage): void;
  /** What the server of the newest session has announced that it speaks; 0 before the first. */
  capability(): number;
  /** Starts an executor. */
  knock(): void;
  /** Something new is in the outbox. */
  nudge(): void;
  now(): number;
  readonly log: { warn(fields: object, message: string): void };
  /** Least time between two words that something changed, ms. Absent: LOOKS_REST_MS. */
  readonly looksRestMs?: number;
}

/** Hands on. */
export interface PolicyRelay {
  /** A message of the server. */
  handle(message: PolicyMessage): void;
  /** An executor listens now; it says first what it holds. */
  ready(): void;
  /** What the executor says. */
  said(message: Said): void;
  /** True while no executor knows that something changed, or, with a session, while none has said what became of a set that was shown. */
  isPending(isOnline: boolean): boolean;
  close(): void;
}

/** Name of a signed document, as the executor says it; '' for what is none. */
function digestOf({ envelope: { payloadType, payload } }: PolicySetMessage): string {
  return encodeBase64url(nodeCrypto.sha256(pae(payloadType, decodeBase64url(payload))));
}

/** Least time between two words to the executor that something changed, ms; it looks once in five minutes at most. */
const LOOKS_REST_MS = 60_000;

/** Takes how items stand; confirmed once it is on this disk. Only the newest is kept in mind: an executor waits for its answer, and another one says it again. */
function createItemStore(deps: PolicyRelayDeps) {
  const { outbox, log } = deps;
  let newest: Items | null = null;
  function store(items: Items): void {
    newest = items;
    if (deps.capability() < REPORTS_CAPABILITY) return;
    outbox
      .put({ kind: 'compliance', key: '', body: Buffer.from(JSON.stringify(items.body)) })
      .then(() => {
        deps.send({ type: 'policy.kept', n: items.n });
        deps.nudge();
      })
      .catch((err: unknown) => {
        log.warn({ err }, 'what became of policies did not get into the outbox; it is put there again');
        setTimeout(() => newest === items && store(items), NO_ROOM_PAUSE_MS).unref();
      });
  }
  return {
    store,
    /** Another executor says everything anew. */
    forget() {
      newest = null;
    },
  };
}

/** Watches what the executor names, and lets one know that something changed; started where none is there. */
function createLooks({ send, knock, log, looksRestMs = LOOKS_REST_MS }: PolicyRelayDeps) {
  /** Something changed of which no executor has heard. */
  let isDue = false;
  const tell = () => {
    isDue = !send({ type: 'policy.look' });
  };
  const files = createFileWatch({
    ...{ log, restMs: looksRestMs },
    changed() {
      tell();
      if (isDue) knock();
    },
  });
  return {
    watch: (paths: readonly string[]) => files.set(paths),
    isDue: () => isDue,
    ready() {
      if (isDue) tell();
    },
    close: () => files.close(),
  };
}

/** Makes it. */
export function createPolicyRelay(deps: PolicyRelayDeps): PolicyRelay {
  const { outbox, log } = deps;
  const items = createItemStore(deps);
  /** The set that the server shows, its name, and whether the executor of now has it. */
  let shown: { readonly message: PolicySetMessage; readonly digest: string } | null = null;
  let isHanded = false;
  let isPending = false;
  const looks = createLooks(deps);
  /** What an executor said last. */
  let last: Standing | null = null;
  /** What the server was told last, as text. */
  let told = '';

  /** Whether exactly what is shown is held: a server shows it with every connection. */
  function isHeld(): boolean {
    if (shown === null || last === null || last.code !== null) return false;
    return last.held?.digest === shown.digest && last.selected.join() === shown.message.selected.join();
  }

  /** Sent is not taken: it counts as pending until the executor says what it holds. */
  function hand(): boolean {
    if (shown === null || isHanded) return true;
    isHanded = deps.send(shown.message);
    return isHanded;
  }

  function show(message: PolicySetMessage): void {
    shown = { message, digest: digestOf(message) };
    isHanded = false;
    isPending = !isHeld();
    if (isPending && !hand()) deps.knock();
  }

  function hear(standing: Standing): void {
    last = standing;
    tell(standing);
    if (isHeld()) isPending = false;
    // The first word of an executor is about what it found on its disk.
    else if (!isHanded) isPending = shown !== null && hand();
    else if (standing.code !== null) isPending = false;
  }

  function tell({ held, code }: Standing): void {
    const text = JSON.stringify([held, code]);
    const isNothing = held === null && code === null && told === '';
    if (text === told || isNothing) return;
    told = text;
    const body: Omit<PolicyState, 'type' | 'seq'> = { at: new Date(deps.now()).toISOString(), held, code };
    outbox
      .put({ kind: 'policies', key: 'policies', body: Buffer.from(JSON.stringify(body)) })
      .then(deps.nudge)
      .catch((err: unknown) => {
        told = '';
        log.warn({ err }, 'what is held of policies did not get into the outbox; it is put there again');
        setTimeout(() => last !== null && tell(last), NO_ROOM_PAUSE_MS).unref();
      });
  }

  return {
    handle(message) {
      if (message.type === 'policy.set') show(message);
      // Whoever asked for it has gone; the next executor asks again.
      else deps.send(message);
    },
    ready() {
      isHanded = false;
      items.forget();
      looks.ready();
    },
    said(message) {
      if (message.type === 'policies') hear(message);
      else if (message.type === 'policy.items') items.store(message);
      else if (message.type === 'policy.watch') looks.watch(message.files);
      else deps.sendUp(message);
    },
    isPending: (isOnline) => looks.isDue() || (isOnline && isPending),
    close: () => looks.close(),
  };
}
