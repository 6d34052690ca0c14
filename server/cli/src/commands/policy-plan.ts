// `muster plan`, `muster apply` and `muster export`: policies from files into force, and back into files.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { pageOf } from '../api/pages.ts';
import type { PolicySetView, WavesOrder } from '../api/types.ts';
import { fail } from '../errors.ts';
import { systemCode } from '../failure.ts';
import { countOf, formatCount } from '../output/count.ts';
import type { SigningOptions } from '../policy/applying.ts';
import type { PlanFile } from '../policy/co-signing.ts';
import type { MadePlan, Wanted } from '../policy/draft-plan.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { addWavesOptions, readWaves, type WavesOptions } from './policy-rollout.ts';
import { type ApproveOptions, addApproveOptions } from './sign-options.ts';

/** From so many devices on somebody who tells all at once is told of waves. */
const MANY_DEVICES = 100;

/** Which policies are to be in force: all of them. */
interface FileOptions {
  readonly files?: readonly string[];
  readonly none?: true;
}

function addFileOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-f, --files <paths...>',
        'files, or folders whose .yaml and .yml files are read: all policies that are to be in force',
      ),
    )
    .addOption(new Option('--none', 'no policy at all is to be in force').conflicts('files'));
}

/** Before a server is asked: what is wrong with files is nothing that it knows better. @throws MusterError E_USAGE, E_POLICY, E_FILE */
async function readWanted({ files, none }: FileOptions): Promise<Wanted[]> {
  if (files === undefined && none !== true)
    throw fail('E_USAGE', { detail: 'Name the files with -f, or say --none.' });
  const [{ requirePolicies }, { wantedOf }] = await Promise.all([
    import('../policy/read-policies.ts'),
    import('../policy/applying.ts'),
  ]);
  return files === undefined ? [] : wantedOf(await requirePolicies(files));
}

/** Registers `plan`. */
export function registerPlan(program: Command, terminal: Terminal): void {
  addFileOptions(
    program
      .command('plan')
      .summary('show what would change if these files were the policies in force')
      .description(
        'Compares all policies in force, verified by their signatures, with those in files: what is added, changed and deleted, and which devices that touches as far as the server knows. Nothing is changed.',
      ),
  )
    .option('--check', 'end with exit code 8 where anything differs, and say who put in force what does')
    .action(async (options: FileOptions & { readonly check?: true }, command: Command) => {
      const wanted = await readWanted(options);
      await withSession(terminal, command, async (session) => {
        const [{ makePlan, readBoth }, { drawPlan }] = await Promise.all([
          import('../policy/applying.ts'),
          import('../views/plan.ts'),
        ]);
        const made = await makePlan(session, await readBoth(session), wanted);
        if (options.check === true) await checkDrift(session, made);
        else session.print(made.view, (canvas) => drawPlan(made, canvas));
      });
    });
}

/** Says how what is in force differs from the files, and whose it is. @throws MusterError E_DRIFT where it does */
async function checkDrift(session: Session, made: MadePlan): Promise<void> {
  const { drawDrift, listDrift } = await import('../views/drift.ts');
  const drift = listDrift(made);
  session.print({ ...made.view, drift }, (canvas) => (drift.length === 0 ? '' : drawDrift(drift, canvas)));
  const same = made.plan.unchanged.length;
  if (made.plan.isEmpty) {
    session.note(`Nothing differs: ${countOf(same, 'policy is', 'policies are')} in force as the files say.`);
    return;
  }
  throw fail('E_DRIFT', {
    detail: `What is in force is not what the files say: ${countOf(drift.length, 'policy differs', 'policies differ')}. muster plan shows the lines; muster apply puts the files in force, muster export writes files of what is.`,
  });
}

/** What was typed for `apply`. */
type Typed = FileOptions &
  Omit<SigningOptions, 'isForTwo'> &
  WavesOptions & { readonly out?: string; readonly with?: string };

/** Registers `apply`. */
export function registerApply(program: Command, terminal: Terminal): void {
  const command = addFileOptions(
    program
      .command('apply')
      .summary('put the policies of files in force, signed by you')
      .description(
        'Plans, shows the plan, asks, signs it with your key and hands it in. Exactly that comes into force, or nothing where something moved. Policies that the files do not have are taken out of force. Devices look within a minute whether it holds, then every hour, and repair what is to be enforced.',
      ),
  )
    .option('--out <file>', 'sign it into a file for a second person; nothing comes into force')
    .addOption(
      new Option(
        '--with <file>',
        'put in force what somebody signed into that file, signed by you too',
      ).conflicts([...['files', 'none', 'out', 'plan', 'reason']]),
    )
    .option('--plan <digest>', 'only if the plan still is this one, as muster plan printed it')
    .option('--reason <text>', 'why; stands in the history (default: muster apply)');
  addApproveOptions(addWavesOptions(command)).action(async (typed: Typed, command: Command) => {
    const waves = (await readWaves(typed)) ?? null;
    if (typed.with !== undefined) return applySigned(terminal, { command, path: typed.with, typed, waves });
    const wanted = await readWanted(typed);
    await withSession(terminal, command, async (session) => {
      const { makePlan, readBoth, signPlan } = await import('../policy/applying.ts');
      const made = await makePlan(session, await readBoth(session), wanted);
      const { out } = typed;
      if (out === undefined) return applyAndSay(session, made, { ...typed, waves });
      const signed = await signPlan(session, made, { ...typed, isForTwo: true });
      if (signed !== null) await handOver(session, out, { ...signed, waves });
    });
  });
}

/** Puts a signed plan into a file for the second person. */
async function handOver(session: Session, path: string, plan: PlanFile): Promise<void> {
  const { writePlanFile } = await import('../policy/co-signing.ts');
  await writePlanFile(path, plan);
  if (session.json) session.print({ file: path }, () => '');
  session.note(
    `Nothing is in force yet: ${path} waits for a second person, who looks at it and signs it with muster apply --with ${path}.`,
  );
}

interface SecondTyped {
  readonly command: Command;
  readonly path: string;
  readonly typed: ApproveOptions;
  readonly waves: WavesOrder | null;
}

/** Plans anew what somebody signed into a file, and puts it in force with a second signature. */
async function applySigned(terminal: Terminal, { command, path, typed, waves }: SecondTyped): Promise<void> {
  const { openFirst, readPlanFile } = await import('../policy/co-signing.ts');
  const file = await readPlanFile(path);
  await withSession(terminal, command, async (session) => {
    const { cosignPlan, handIn, makePlan, readBoth } = await import('../policy/applying.ts');
    const both = await readBoth(session);
    const first = openFirst(file, both);
    const made = await makePlan(session, both, first.wanted);
    const signed = await cosignPlan(session, made, { first, options: typed });
    await sayInForce(session, made, await handIn(session, { made, signed }, waves ?? file.waves));
  });
}

/** Signs a plan, hands it in, and says what is in force then. */
export async function applyAndSay(
  session: Session,
  made: MadePlan,
  { waves = null, ...options }: SigningOptions & { readonly waves?: WavesOrder | null },
): Promise<void> {
  const { handIn, signPlan } = await import('../policy/applying.ts');
  const signed = await signPlan(session, made, options);
  if (signed !== null) return sayInForce(session, made, await handIn(session, { made, signed }, waves));
  if (session.json) session.print({ set: null }, () => '');
}

async function sayInForce(session: Session, made: MadePlan, set: PolicySetView): Promise<void> {
  session.print(
    { set },
    () => `Set ${set.version} is in force: ${countOf(set.policies, 'policy', 'policies')}.`,
  );
  if (await isInWaves(session)) {
    session.note(
      'It goes out in waves: muster policy rollout shows how far it is, and how the devices fare that are told it.',
    );
    return;
  }
  const { devices } = made.view;
  if (devices >= MANY_DEVICES)
    session.note(
      `All ${formatCount(devices)} devices are told it at once; --waves would have told a few of them first.`,
    );
  session.note(
    'Connected devices look within a minute, and repair what is to be enforced; the others when they connect. muster policy list says how many hold it.',
  );
}

/** Also where the order is that of an unfinished set before. */
async function isInWaves({ api }: Session): Promise<boolean> {
  const { rollout } = await take(api.http.GET('/api/v1/policies/rollout', {}));
  return rollout !== null && rollout.state !== 'done';
}

/** Registers `export`. */
export function registerExport(program: Command, terminal: Terminal): void {
  program
    .command('export')
    .summary('write the policies in force as files')
    .description(
      'Writes the policies in force, verified by their signatures, as the files that muster plan reads: applied again they change nothing. Comments and the order of keys are those of this program.',
    )
    .option(
      '--to <folder>',
      'a file a policy; one that is there already is not written over (default: all on standard output)',
    )
    .action(({ to }: { readonly to?: string }, command: Command) =>
      withSession(terminal, command, async (session) => {
        const [{ readBoth, wantedInForce }, { formatPolicyYaml }] = await Promise.all([
          import('../policy/applying.ts'),
          import('@muster/protocol/policy'),
        ]);
        const { inForce } = await readBoth(session);
        const files = wantedInForce(inForce).map(({ policy }) => ({
          name: `${policy.name}.yaml`,
          text: formatPolicyYaml(policy),
        }));
        if (to !== undefined) await writeFiles(to, files);
        const shown = to === undefined ? files : files.map(({ name }) => ({ name: join(to, name) }));
        session.print(pageOf(shown), () =>
          to === undefined ? files.map(({ text }) => text.trimEnd()).join('\n---\n') : '',
        );
        if (to !== undefined) session.note(`Wrote ${countOf(files.length, 'file')} to ${to}.`);
      }),
    );
}

/** @throws MusterError E_FILE */
async function writeFiles(
  folder: string,
  files: readonly { readonly name: string; readonly text: string }[],
) {
  for (const { name, text } of files) {
    const path = join(folder, name);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(path, text, { flag: 'wx' });
    } catch (cause) {
      const detail =
        systemCode(cause) === 'EEXIST'
          ? `${path} is there already and stays as it is; choose an empty folder.`
          : `${path} cannot be written; check the path and its permissions.`;
      throw fail('E_FILE', { cause, detail });
    }
  }
}
