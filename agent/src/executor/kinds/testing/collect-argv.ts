// For injection tests: everything that a kind would start for given parameters, and where the values would stand.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isMusterError } from '@muster/protocol';
import { checkKindArgs } from '@muster/protocol/commands';
import { kinds } from '../index.ts';
import type { KindContext, Program } from '../kind.ts';
import { makeContent, makeContext } from './context.ts';
import { type Asked, answer, plantNames } from './device.ts';

/** Name of the only content there is; `plantDevice` writes its body. */
export const BODY_SHA256 = createHash('sha256').update('body').digest('base64url');

/** What became of one set of parameters. */
export interface Collected {
  /** Code of the refusal by the schema or the kind, or what needed no doing; null: it would be done. */
  readonly refused: string | null;
  /** All programs that looked, and those that would act, in order. */
  readonly programs: readonly Program[];
}

function contextOf(root: string, asked: Asked, programs: Program[], stop: AbortController): KindContext {
  const document = makeContent({
    use: asked.kind === 'file.put' ? 'file' : 'script',
    interpreter: asked.kind === 'file.put' ? 'none' : 'sh',
    sha256: BODY_SHA256,
    parameters: ['word', 'count'].map((name) => ({
      name,
      type: name === 'word' ? ('string' as const) : ('integer' as const),
      required: false,
      description: 'a value',
    })),
  });
  return makeContext(root, {
    spool: join(root, 'spool'),
    content: async () => ({ document, path: join(root, 'content') }),
    read: async (program) => {
      programs.push(program);
      // What follows the going down is a long wait for it.
      if (
        /\/(?:reboot|poweroff)$/.test(program.path) ||
        program.args.includes('reboot') ||
        program.args.includes('poweroff')
      )
        stop.abort();
      const exit =
        asked.kind === 'service.stop' && !program.path.endsWith('systemctl') ? 0 : exitOf(program, asked);
      return { exit, signal: null, timedOut: false, output: answer(program, asked) };
    },
  });
}

/** Scripts say by 3 that a service is stopped. */
function exitOf({ args }: Program, { kind }: Asked): number {
  return args.at(-1) === 'status' && kind !== 'service.stop' ? 3 : 0;
}

/** Kinds whose work inside the executor starts programs or makes files, and is harmless in a throw-away root. */
const RUN_INSIDE = new Set([
  'power.reboot',
  'power.shutdown',
  'file.put',
  'file.fetch',
  'diagnostics.collect',
  'device.lock',
]);

/**
 * Hands parameters to a kind as the executor does: the schema first. `root` was made by `plantDevice`; nothing outside of it is
 * touched, and no program is started.
 */
export async function collectArgv(root: string, asked: Asked): Promise<Collected> {
  const programs: Program[] = [];
  try {
    checkKindArgs(asked.kind, asked.args);
  } catch (error) {
    if (isMusterError(error)) return { refused: error.code, programs };
    throw error;
  }
  plantNames(root, asked);
  const stop = new AbortController();
  const context = contextOf(root, asked, programs, stop);
  const check = await kinds[asked.kind].check(asked.args as never, context);
  if (check.state !== 'act') return { refused: check.state === 'refused' ? check.code : 'holds', programs };
  if (check.effect.where === 'unit') programs.push(check.effect.program);
  if (check.effect.where === 'inside' && RUN_INSIDE.has(asked.kind)) await check.effect.run(stop.signal);
  return { refused: null, programs };
}
