// `muster plan`, `muster apply` and `muster export`: policies from files into force, and back into files.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { pageOf } from '../api/pages.ts';
import { fail } from '../errors.ts';
import { systemCode } from '../failure.ts';
import { countOf, formatCount } from '../output/count.ts';
import type { ApplyOptions } from '../policy/applying.ts';
import type { MadePlan, Wanted } from '../policy/draft-plan.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { addWavesOptions, readWaves, type WavesOptions } from './policy-rollout.ts';
import { addApproveOptions } from './sign-options.ts';

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
type Typed = FileOptions & Omit<ApplyOptions, 'waves'> & WavesOptions;

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
    .option('--plan <digest>', 'only if the plan still is this one, as muster plan printed it')
    .option('--reason <text>', 'why; stands in the history (default: muster apply)');
  addApproveOptions(addWavesOptions(command)).action(async (typed: Typed, command: Command) => {
    const waves = await readWaves(typed);
    const wanted = await readWanted(typed);
    const { waves: _shares, ...rest } = typed;
    const options: ApplyOptions = { ...rest, ...(waves && { waves }) };
    await withSession(terminal, command, async (session) => {
      const { makePlan, readBoth } = await import('../policy/applying.ts');
      await applyAndSay(session, await makePlan(session, await readBoth(session), wanted), options);
    });
  });
}

/** Applies a plan and says what is in force then. */
export async function applyAndSay(session: Session, made: MadePlan, options: ApplyOptions): Promise<void> {
  const { applyPlan } = await import('../policy/applying.ts');
  const set = await applyPlan(session, made, options);
  if (set === null) {
    if (session.json) session.print({ set: null }, () => '');
    return;
  }
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
