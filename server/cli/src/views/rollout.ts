// A rollout in sentences: how far it is, how the devices fare, what comes next.
import type { Rollout } from '../api/types.ts';
import { formatShortSpan } from '../input/moments.ts';
import { countOf, formatCount } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';

type Now = NonNullable<Rollout['now']>;

/** All that is to be said of it, a sentence or two a line. */
export function describeRollout(rollout: Rollout, nowMs: number): string[] {
  const { version, state, shares, wave, share, first, waveAt } = rollout;
  if (state === 'done') return [`Set ${version} is told to all devices since ${formatMoment(waveAt)}.`];
  const begun = first === '' ? '' : `; those where ${first} went first`;
  return [
    `Set ${version} is told to ${share} % of the fleet, wave ${wave} of ${shares.length} (${shares.join(', ')} %), since ${formatMoment(waveAt)}${begun}.`,
    ...(rollout.now === null
      ? ['How the devices fare cannot be counted just now.']
      : describeNow(rollout.now)),
    ...describeNext(rollout, nowMs),
  ];
}

function describeNow({ told, online, holders, settled, inside, outside, kinds }: Now): string[] {
  const settle =
    holders === 0 ? '' : `; ${formatCount(settled)} of ${formatCount(holders)} hold or refuse it`;
  return [
    `${countOf(told, 'device is', 'devices are')} told it, ${formatCount(online)} of them online${settle}.`,
    `In trouble since then: ${sideOf(inside)} told${listKinds(kinds)}, ${sideOf(outside)} not told.`,
  ];
}

const sideOf = ({ known, troubled }: Now['inside']) => `${formatCount(troubled)} of ${formatCount(known)}`;

function listKinds({ refused, error, critical, gone }: Now['kinds']): string {
  const parts = [
    ...(refused > 0 ? [`${formatCount(refused)} refuse it`] : []),
    ...(error > 0 ? [`${formatCount(error)} with rules in error`] : []),
    ...(critical > 0 ? [`${formatCount(critical)} with a critical alert`] : []),
    ...(gone > 0 ? [`${formatCount(gone)} gone`] : []),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

const waits: Readonly<Record<'nobody' | 'unsettled', string>> = {
  nobody: 'The next wave waits until a device that is told it is online.',
  unsettled: 'The next wave waits until nine in ten of those that are there have fetched it.',
};

function describeNext(
  { state, trouble, changedBy, tolerance, waveAt, soakSeconds, now }: Rollout,
  nowMs: number,
): string[] {
  const ways =
    'muster policy rollout resume lets it go on, finish tells all devices; muster apply with corrected files goes to the same devices first.';
  if (state === 'held' && trouble === null) return [`It is held by ${changedBy}. ${ways}`];
  if (state === 'held' && trouble !== null)
    return [
      `It holds by itself: ${sideOf(trouble.inside)} devices told were in trouble${listKinds(trouble.kinds)}, and ${sideOf(trouble.outside)} of the others; ${tolerance} % more are tolerated.`,
      ways,
    ];
  if (now?.waitsFor === 'nobody' || now?.waitsFor === 'unsettled') return [waits[now.waitsFor]];
  const leftMs = Date.parse(waveAt) + soakSeconds * 1_000 - nowMs;
  if (leftMs <= 0) return ['The next wave comes as soon as the server has looked again.'];
  const left = formatShortSpan(Math.ceil(leftMs / 60_000) * 60_000);
  return [
    `The next wave comes in ${left}, unless ${tolerance} % more of the devices told are in trouble than of the others.`,
  ];
}
