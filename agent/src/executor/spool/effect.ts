// Carries out a kind's own effect in a unit: looks again, acts, and says what came of it, for the wrapper to write down.
import { join } from 'node:path';
import { fail } from '../../errors.ts';
import { describeFailure } from '../ends.ts';
import type { Ended, Kind, KindContext, Program } from '../kinds/kind.ts';
import type { Asked, SpoolEffect, SpoolOutcome } from './spool.ts';

/** What an effect is carried out with. */
export interface EffectDeps {
  findKind(name: string): Kind<never> | undefined;
  /** Runs a short program to its end. */
  read(program: Program, asked: Asked): Promise<Ended>;
  readonly bootId: string;
  /** Where verified bodies lie. */
  readonly contentFolder: string;
}

/** How it ended, and what is to be kept of it. */
export interface EffectEnd {
  readonly outcome: SpoolOutcome;
  readonly output: string;
}

function createContext(work: SpoolEffect, { read, bootId, contentFolder }: EffectDeps): KindContext {
  const { cmdId, deviceId, requester, reason, content, ownFolders } = work;
  const asked = { cmdId, deviceId, requester, reason };
  return {
    root: '',
    ownFolders,
    bootId,
    asked,
    read: (program) => read(program, asked),
    async content() {
      if (content === null) throw fail('E_STATE');
      return { document: content, path: join(contentFolder, content.sha256) };
    },
    now: () => Date.now(),
  };
}

async function act(work: SpoolEffect, deps: EffectDeps, stop: AbortSignal): Promise<EffectEnd> {
  const kind = deps.findKind(work.kind);
  if (kind === undefined) throw fail('E_KIND');
  // The executor checked the parameters before the run was journalled, and nobody else writes here.
  const check = await kind.check(work.args as never, createContext(work, deps));
  const { summary } = check;
  const nothing = { code: null, unchanged: false };
  if (check.state === 'refused')
    return { outcome: { ...nothing, ok: false, code: check.code, summary }, output: '' };
  if (check.state === 'holds')
    return { outcome: { ...nothing, ok: true, summary, unchanged: true }, output: '' };
  if (check.effect.where !== 'inside') throw fail('E_KIND');
  const { ok, summary: said, output } = await check.effect.run(stop);
  return { outcome: { ...nothing, ok, summary: said }, output };
}

/** Carries it out. Failures of a kind are its outcome. */
export async function runEffect(work: SpoolEffect, deps: EffectDeps, stop: AbortSignal): Promise<EffectEnd> {
  try {
    return await act(work, deps, stop);
  } catch (error) {
    const { code, summary } = describeFailure(error);
    return { outcome: { ok: false, code, summary, unchanged: false }, output: '' };
  }
}
