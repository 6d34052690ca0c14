// How what is in force differs from files: each policy, and who put it in force when and why.
import type { PolicyChange } from '@muster/protocol/policy';
import type { Canvas } from '../output/canvas.ts';
import { formatMoment } from '../output/moments.ts';
import { drawTable } from '../output/table.ts';
import type { MadePlan } from '../policy/draft-plan.ts';

/** A policy that differs; of one that is in the files only nobody is named. */
export interface Drift {
  readonly policy: string;
  readonly differs:
    | 'only in the files'
    | 'says something else'
    | 'only in force'
    | 'signed by nobody who may';
  readonly version: number | null;
  readonly requester: string | null;
  /** RFC 3339. */
  readonly at: string | null;
  readonly reason: string | null;
}

/** All that differ, by name. Names and times are those of the signed documents. */
export function listDrift({ plan, inForce }: MadePlan): Drift[] {
  return plan.changes.map(({ name, change }) => {
    const document = inForce.members.find((one) => one.name === name)?.opened?.document;
    const isVoid = change !== 'added' && document === undefined;
    return {
      policy: name,
      differs: isVoid ? 'signed by nobody who may' : words[change],
      version: document?.version ?? null,
      requester: document?.requester ?? null,
      at: document?.at ?? null,
      reason: document?.reason ?? null,
    };
  });
}

const words = {
  added: 'only in the files',
  changed: 'says something else',
  deleted: 'only in force',
} as const satisfies Record<PolicyChange['change'], Drift['differs']>;

/** Draws them. */
export function drawDrift(drift: readonly Drift[], canvas: Canvas): string {
  return drawTable(
    [
      { title: 'policy', whole: true },
      { title: 'differs' },
      { title: 'version' },
      { title: 'by' },
      { title: 'at', whole: true },
      { title: 'reason' },
    ],
    drift.map(({ policy, differs, version, requester, at, reason }) => [
      ...[policy, differs, version === null ? '' : String(version), requester ?? ''],
      ...[at === null ? '' : formatMoment(at), reason ?? ''],
    ]),
    canvas,
  );
}
