// For injection tests: everything that a kind would start for given parameters, and where the values would stand.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { encodeUtf8, isMusterError } from '@muster/protocol';
import {
  type Content,
  type ContentPlace,
  checkKindArgs,
  findContentFault,
  parseDocument,
} from '@muster/protocol/commands';
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

/** What two have signed: everything that the command asks for, unless it is about a place. */
function documentOf({ kind, args, place }: Asked): Content {
  const common = { sha256: BODY_SHA256 };
  if (kind === 'file.put')
    return makeContent({
      ...{ ...common, use: 'file', interpreter: 'none', timeoutMs: 0, okExits: [] },
      place: {
        path: '/srv/file',
        mode: '0644',
        owner: '',
        group: '',
        ...(place as Partial<ContentPlace> | undefined),
      },
    });
  const { runAs } = args;
  return makeContent({
    ...common,
    runAs: typeof runAs === 'string' && runAs !== '' ? [runAs] : [],
    stdin: true,
    parameters: ['word', 'count'].map((name) => ({
      name,
      type: name === 'word' ? ('string' as const) : ('integer' as const),
      required: false,
      description: 'a value',
    })),
  });
}

function contextOf(
  root: string,
  { asked, document }: { readonly asked: Asked; readonly document: Content },
  { programs, stop }: { readonly programs: Program[]; readonly stop: AbortController },
): KindContext {
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
  const document = documentOf(asked);
  try {
    checkKindArgs(asked.kind, asked.args);
    // The place reaches a kind only through its own schema too.
    parseDocument(encodeUtf8(JSON.stringify(document)), 'content');
    if (findContentFault(document) !== null) return { refused: 'E_CONTENT', programs };
  } catch (error) {
    if (isMusterError(error)) return { refused: error.code, programs };
    throw error;
  }
  plantNames(root, asked);
  const stop = new AbortController();
  const context = contextOf(root, { asked, document }, { programs, stop });
  const check = await kinds[asked.kind].check(asked.args as never, context);
  if (check.state !== 'act') return { refused: check.state === 'refused' ? check.code : 'holds', programs };
  if (check.effect.where === 'unit') programs.push(check.effect.program);
  if (check.effect.where === 'inside' && RUN_INSIDE.has(asked.kind)) await check.effect.run(stop.signal);
  return { refused: null, programs };
}
