// script.run: signed content by an interpreter of a fixed list; values reach it by environment and standard input only.
import { type Content, type ContentParameter, findUseFault, type KindArgs } from '@muster/protocol/commands';
import { readAccounts } from './accounts/read.ts';
import type { Kind } from './kind.ts';
import { filesOf, findProgram, refuse } from './programs/find.ts';

type Args = KindArgs<'script.run'>;

/** Where each interpreter lies, and what stands before the script. */
const INTERPRETERS = {
  sh: { paths: ['/bin/sh', '/usr/bin/sh'], options: [] },
  bash: { paths: ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'], options: ['--noprofile', '--norc'] },
  // -I: else the folder of the script is searched for modules first, and anybody who writes there writes code.
  python3: {
    paths: ['/usr/bin/python3', '/usr/local/bin/python3', '/usr/libexec/platform-python'],
    options: ['-I'],
  },
} as const;

/** A value in the environment cannot hold a NUL, and a name there is all upper case. */
function spellValue({ name, type }: ContentParameter, value: unknown): [string, string] | null {
  const key = `MUSTER_PARAM_${name.toUpperCase()}`;
  if (type === 'string') return typeof value === 'string' && !value.includes('\0') ? [key, value] : null;
  if (type === 'integer') return Number.isSafeInteger(value) ? [key, String(value)] : null;
  return typeof value === 'boolean' ? [key, String(value)] : null;
}

/** The environment of a script, or what is wrong with the values. Pure. */
function spellParameters(
  declared: readonly ContentParameter[],
  given: Readonly<Record<string, unknown>>,
): Record<string, string> | string {
  const unknown = Object.keys(given).find((name) => !declared.some((one) => one.name === name));
  if (unknown !== undefined) return `The script has no parameter ${unknown}.`;
  const env: Record<string, string> = {};
  for (const parameter of declared) {
    if (!Object.hasOwn(given, parameter.name)) {
      if (parameter.required) return `The script needs its parameter ${parameter.name}.`;
      continue;
    }
    const pair = spellValue(parameter, given[parameter.name]);
    if (pair === null)
      return `The value of ${parameter.name} is no ${parameter.type} that a script can be given.`;
    env[pair[0]] = pair[1];
  }
  return env;
}

function interpreterOf({ use, interpreter }: Content): keyof typeof INTERPRETERS | null {
  return use === 'script' && interpreter !== 'none' ? interpreter : null;
}

/** Runs a signed script. */
export const scriptRun: Kind<Args> = {
  name: 'script.run',
  async check(args, context) {
    const { document, path: body } = await context.content();
    const interpreter = interpreterOf(document);
    if (interpreter === null) return refuse('E_CONTENT', `${document.name} was not signed as a script.`);
    // Said by the verification already; once more beside the place where it takes effect.
    const fault = findUseFault({ kind: 'script.run', args }, document);
    if (fault !== null) return refuse('E_CONTENT', fault);
    const env = spellParameters(document.parameters, args.parameters);
    if (typeof env === 'string') return refuse('E_CONTENT', env);
    const { paths, options } = INTERPRETERS[interpreter];
    const path = await findProgram(context, paths);
    if (path === null) return refuse('E_UNSUPPORTED', `There is no ${interpreter} here.`);
    if (args.runAs !== '' && !(await readAccounts(filesOf(context))).some(({ name }) => name === args.runAs))
      return refuse('E_NOT_FOUND', `There is no local account ${args.runAs}.`);
    const program = {
      path,
      args: [...options, body],
      env,
      timeoutMs: document.timeoutMs,
      ...(args.stdin === '' ? {} : { stdin: args.stdin }),
      ...(args.runAs === '' ? {} : { user: args.runAs }),
    };
    return {
      state: 'act',
      summary: `Run ${document.name} by ${path}${args.runAs === '' ? '' : ` as ${args.runAs}`}.`,
      effect: { where: 'unit', program, okExits: document.okExits },
    };
  },
  // What a script is to bring about only its signers know: its exit code says it.
  verify: async () => null,
};
