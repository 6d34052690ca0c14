// Rule `script` on the device: what a program of the policy itself finds, and the program that sets it right.
import { fail as failAs } from '@muster/protocol';
import { findDenial } from '@muster/protocol/commands';
import type { WantedOf } from '@muster/protocol/policy';
import { fail } from '../../../errors.ts';
import type { Check, Ended, KindContext, ScriptText } from '../../kinds/kind.ts';
import { findProgram, holds, refuse } from '../../kinds/programs/find.ts';
import type { Facts } from '../facts.ts';
import { compliant, drifted, type Finding, type RuleOnDevice } from '../rule.ts';
import { actInside } from './inside.ts';

type Wanted = WantedOf<'script'>;

/** What stands before the text, as for commands: no settings of a person, no modules of a folder. */
const OPTIONS: Readonly<Record<Wanted['interpreter'], readonly string[]>> = {
  '/bin/sh': [],
  '/bin/bash': ['--noprofile', '--norc'],
  '/usr/bin/bash': ['--noprofile', '--norc'],
  '/usr/bin/python3': ['-I'],
};
/** Kinds of which the owner's deny list is asked: it runs code, also where it only looks. */
const KINDS = ['policy.script', 'script.run'];

/** What it printed last, on one line of what can be seen. */
function showOutput(output: string): string {
  return output
    .toWellFormed()
    .replace(/[^\P{C}\n\t]|\p{Default_Ignorable_Code_Point}/gu, '?')
    .replace(/\s+/g, ' ')
    .trim();
}

/** How it ended, for a sentence. */
function describeEnd({ exit, signal, timedOut, output }: Ended, { timeoutSeconds }: Wanted): string {
  const how = timedOut
    ? `ran longer than ${timeoutSeconds} s and was ended`
    : exit === null
      ? `was ended by ${signal}`
      : `ended with ${exit}`;
  const said = showOutput(output);
  return said === '' ? `${how}.` : `${how}: ${said}`;
}

/** Runs one of the two texts. @throws MusterError E_UNSUPPORTED where nothing here runs it */
async function run(
  wanted: Wanted,
  part: Pick<ScriptText, 'text' | 'onlyLooks'>,
  context: KindContext,
): Promise<Ended> {
  const { interpreter, timeoutSeconds } = wanted;
  if (context.runScript === undefined)
    throw fail('E_UNSUPPORTED', { detail: 'Below another root no script of a policy is run.' });
  if ((await findProgram({ ...context, root: '' }, [interpreter])) === null)
    throw fail('E_UNSUPPORTED', { detail: `There is no ${interpreter} here; name another interpreter.` });
  const options = OPTIONS[interpreter];
  return context.runScript({ interpreter, options, ...part, timeoutMs: timeoutSeconds * 1000 });
}

/** What the check finds now. @throws MusterError E_RULE for an end that says neither, and what running throws */
async function look(wanted: Wanted, context: KindContext): Promise<Finding> {
  const ended = await run(wanted, { text: wanted.check, onlyLooks: true }, context);
  if (!ended.timedOut && ended.exit === 0) return compliant('its check ended well');
  if (!ended.timedOut && ended.exit === wanted.driftedExit)
    return drifted(showOutput(ended.output) || `its check ended with ${ended.exit}`);
  throw fail('E_RULE', { detail: `The check of script ${wanted.name} ${describeEnd(ended, wanted)}` });
}

/** @throws MusterError E_LOCAL_DENY */
async function refuseToLook({ name }: Wanted, { denyRules }: Facts): Promise<void> {
  const rules = await denyRules();
  const reason = KINDS.map((kind) => findDenial(rules, kind, { names: [name] })).find(
    (one) => one !== undefined,
  );
  if (reason !== undefined)
    throw failAs('E_LOCAL_DENY', { detail: `The device's own deny list forbids this: ${reason}` });
}

async function plan(wanted: Wanted, context: KindContext): Promise<Check> {
  const { name, fix } = wanted;
  if (fix === undefined) return refuse('E_UNSUPPORTED', 'The rule has no "fix"; it only looks.');
  const found = await look(wanted, context);
  if (found.state === 'compliant') return holds(`${name} passes its check already.`);
  return actInside(`Run the fix of script ${name} by ${wanted.interpreter}.`, async () => {
    const ended = await run(wanted, { text: fix, onlyLooks: false }, context);
    if (!ended.timedOut && ended.exit === 0) return null;
    return `The fix of script ${name} ${describeEnd(ended, wanted)}`;
  });
}

export const scriptOnDevice: RuleOnDevice<Wanted> = {
  // Only its text knows what it looks at.
  watched: () => [],
  async check(wanted, facts) {
    await refuseToLook(wanted, facts);
    return look(wanted, facts.context);
  },
  plan: (wanted) => [
    { kinds: ['script.run'], names: [wanted.name], plan: (context) => plan(wanted, context) },
  ],
};
