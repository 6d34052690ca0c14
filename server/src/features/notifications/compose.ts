// Puts a message together: a subject, a text for people, and the same as JSON for programs.
import type { Change } from './change.ts';
import { MAX_LISTED } from './limits.ts';

/** A change that is told. */
export interface Told {
  readonly change: Change;
  readonly isFlapping: boolean;
  readonly device: { readonly id: string; readonly hostname: string };
}

/** A message without the way it goes. */
export interface Composed {
  readonly kind: 'alerts' | 'test';
  readonly subject: string;
  readonly body: string;
  readonly payload: string;
}

interface Frame {
  readonly rule: { readonly id: string; readonly name: string };
  readonly publicUrl: string;
  readonly nowMs: number;
}

/** What came from devices, on one line and short: it stands in subjects. */
function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 200);
}

function stateOf({ change, isFlapping }: Told): string {
  if (isFlapping) return 'flapping';
  return change.isFiring ? change.severity : 'ended';
}

function lineOf(told: Told): string {
  const { change, device } = told;
  const times = told.isFlapping ? `, ${change.changes} changes` : '';
  return `${stateOf(told)}: ${clean(change.series)} on ${clean(device.hostname)} is ${round(change.value)} (limit ${round(change.threshold)}${times}), ${change.at.toISOString()}`;
}

function round(value: number): string {
  return String(Math.round(value * 1_000) / 1_000);
}

function subjectOf(all: readonly Told[]): string {
  const [first] = all;
  if (first === undefined) return '[Muster] nothing';
  if (all.length === 1)
    return `[Muster] ${stateOf(first)}: ${clean(first.change.series)} on ${clean(first.device.hostname)}`;
  const devices = new Set(all.map(({ change }) => change.idx)).size;
  const critical = all.filter((one) => one.change.isFiring && one.change.severity === 'critical').length;
  const hint = critical === 0 ? '' : `, ${critical} critical`;
  return `[Muster] ${all.length} alerts on ${devices} ${devices === 1 ? 'device' : 'devices'}${hint}`;
}

/** A message about alerts, at least one. */
export function composeAlerts(all: readonly Told[], { rule, publicUrl, nowMs }: Frame): Composed {
  const listed = all.slice(0, MAX_LISTED);
  const more = all.length - listed.length;
  const lines = [
    ...listed.map(lineOf),
    ...(more > 0 ? [`and ${more} more`] : []),
    '',
    `Alerts: ${publicUrl}/alerts`,
    `Rule: ${clean(rule.name)}`,
  ];
  const alerts = listed.map((told) => ({
    deviceId: told.device.id,
    hostname: told.device.hostname,
    rule: told.change.rule,
    series: told.change.series,
    severity: told.change.severity,
    state: told.change.isFiring ? 'firing' : 'ended',
    flapping: told.isFlapping,
    changes: told.change.changes,
    value: told.change.value,
    threshold: told.change.threshold,
    at: told.change.at.toISOString(),
  }));
  const payload = {
    type: 'muster.alerts',
    timestamp: new Date(nowMs).toISOString(),
    data: { rule, url: `${publicUrl}/alerts`, alerts, more },
  };
  return {
    kind: 'alerts',
    subject: subjectOf(all),
    body: lines.join('\n'),
    payload: JSON.stringify(payload),
  };
}

/** A trial, so that somebody sees that the way works. */
export function composeTest(way: string, by: string, { publicUrl, nowMs }: Omit<Frame, 'rule'>): Composed {
  const timestamp = new Date(nowMs).toISOString();
  const data = { way, by, url: publicUrl };
  return {
    kind: 'test',
    subject: `[Muster] Trial message for ${clean(way)}`,
    body: `This is a trial that ${clean(by)} asked for at ${timestamp}. Alerts will come this way.\n\n${publicUrl}/alerts`,
    payload: JSON.stringify({ type: 'muster.test', timestamp, data }),
  };
}
