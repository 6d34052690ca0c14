// Events in the forms of others: RFC 5424 for syslog, and the Open Cybersecurity Schema Framework. Pure.
import type { EntryEvent } from '@muster/protocol';
import type { ExportEntry } from './export.ts';

/** Structured data in syslog wants a number; this one is kept for examples and documents (RFC 5612). */
const ENTERPRISE = 32473;
/** Facility 13, log audit (RFC 5424, table 1). */
const FACILITY = 13;
/** Version of the schema whose classes these are. */
const OCSF_VERSION = '1.3.0';
/** Its field for what was done. */
const OPERATION = 'activity_id';

function parseEvent(text: string): EntryEvent {
  return JSON.parse(text) as EntryEvent;
}

/** A value of structured data: three characters are escaped (RFC 5424, section 6.3.3), line ends would end the message. */
function quote(value: string): string {
  return `"${value.replaceAll(/[\r\n]+/g, ' ').replaceAll(/["\\\]]/g, (one) => `\\${one}`)}"`;
}

/** Printable ASCII without spaces, as headers want it. */
function toHeader(value: string, most: number): string {
  const text = value.replaceAll(/[^!-~]/g, '').slice(0, most);
  return text === '' ? '-' : text;
}

/** One event as a line of syslog. */
export function toSyslog({ seq, at, event, hash }: ExportEntry, host: string): string {
  const { act, actor, outcome, code, subject, requestId } = parseEvent(event);
  const severity = outcome === 'done' ? 5 : 4;
  const fields: Record<string, string> = {
    ...{ seq: String(seq), hash, outcome, code },
    ...{ via: actor.via ?? '', viaId: actor.viaId ?? '' },
    ...{ actorKind: actor.kind, actorId: actor.id, actor: actor.name, address: actor.address },
    ...{ subjectKind: subject?.kind ?? '', subjectId: subject?.id ?? '', subject: subject?.name ?? '' },
    request: requestId,
  };
  const data = Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(' ');
  const head = `<${FACILITY * 8 + severity}>1 ${at} ${toHeader(host, 255)} muster - ${toHeader(act, 32)}`;
  return `${head} [audit@${ENTERPRISE} ${data}] \uFEFF${event}\n`;
}

/** What the schema calls that, in the two classes, by the verb of the act. */
const apiOperations: Readonly<Record<string, number>> = {
  make: 1,
  add: 1,
  order: 1,
  enroll: 1,
  adopt: 1,
  upload: 1,
  export: 2,
  change: 3,
  approve: 3,
  label: 3,
  release: 3,
  sign: 3,
  update: 3,
  assign: 3,
  set: 3,
  lift: 3,
  continue: 3,
  hold: 3,
  remove: 4,
  revoke: 4,
  retire: 4,
  cancel: 4,
  withdraw: 4,
};
const sessionOperations: Readonly<Record<string, number>> = { open: 1, close: 2 };

/** Fields that every class has. */
function toBase({ seq, at, event, hash }: ExportEntry, { act, outcome, code, actor }: EntryEvent) {
  const isDone = outcome === 'done';
  return {
    time: Date.parse(at),
    severity_id: isDone ? 1 : 3,
    status_id: isDone ? 1 : 2,
    status: isDone ? 'Success' : 'Failure',
    ...(code === '' ? {} : { status_code: code }),
    message: act,
    metadata: {
      version: OCSF_VERSION,
      uid: String(seq),
      product: { name: 'Muster', vendor_name: 'Muster' },
      log_name: 'audit',
    },
    ...(actor.address === '' ? {} : { src_endpoint: { ip: actor.address } }),
    unmapped: { hash, event: JSON.parse(event) as unknown },
  };
}

/** One event as OCSF: sign-ins as Authentication (3002), everything else as API Activity (6003). */
export function toOcsf(entry: ExportEntry): string {
  const event = parseEvent(entry.event);
  const [subject = '', verb = ''] = event.act.split('.');
  const { actor } = event;
  const user = {
    uid: actor.id,
    name: actor.name === '' ? actor.kind : actor.name,
    type: actor.kind,
    ...(actor.via === 'token' ? { credential_uid: actor.viaId } : {}),
  };
  const doer = { user, ...(actor.via === 'session' ? { session: { uid: actor.viaId } } : {}) };
  const base = toBase(entry, event);
  if (subject === 'session') {
    const operation = sessionOperations[verb] ?? 99;
    return `${JSON.stringify({
      ...{ class_uid: 3002, class_name: 'Authentication', category_uid: 3, type_uid: 300_200 + operation },
      ...{ [OPERATION]: operation, ...base, user, actor: doer },
    })}\n`;
  }
  const operation = apiOperations[verb] ?? 99;
  return `${JSON.stringify({
    ...{ class_uid: 6003, class_name: 'API Activity', category_uid: 6, type_uid: 600_300 + operation },
    ...{ [OPERATION]: operation, ...base, src_endpoint: base.src_endpoint ?? { name: actor.kind } },
    actor: doer,
    api: { operation: event.act, request: { uid: event.requestId } },
    resources:
      event.subject === null
        ? []
        : [{ uid: event.subject.id, name: event.subject.name, type: event.subject.kind }],
  })}\n`;
}
