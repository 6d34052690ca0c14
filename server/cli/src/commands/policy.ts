// `muster policy`: checks policy files, prints their schema, and says what of them holds on a device and why.
import type { Command } from 'commander';
import { pageOf } from '../api/pages.ts';
import { countOf } from '../output/count.ts';
import { formatJson } from '../output/safe-text.ts';
import { createPrinter, readSharedFlags } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { FILES, registerResolve, registerWhy } from './policy-device.ts';
import { registerExceptions } from './policy-exceptions.ts';
import { registerHeld } from './policy-held.ts';
import { registerPolicyHistory } from './policy-history.ts';
import { registerRollout } from './policy-rollout.ts';
import { registerWindows } from './policy-windows.ts';

/** Registers the command and its subcommands. */
export function registerPolicy(program: Command, terminal: Terminal): void {
  const policy = program
    .command('policy')
    .summary('check policy files, see what holds on a device, and policies in force')
    .description(
      'Works on policies in files: what is wrong with them, what of them would hold on a device now, and why; and on those in force: what they say and said before, which devices hold them, and how the newest set goes out. muster plan and muster apply bring files into force; devices get them, keep them, and act on them by themselves.',
    );
  registerCheck(policy, terminal);
  registerResolve(policy, terminal);
  registerWhy(policy, terminal);
  registerWindows(policy, terminal);
  registerExceptions(policy, terminal);
  registerSchema(policy, terminal);
  registerPolicyHistory(policy, terminal);
  registerHeld(policy, terminal);
  registerRollout(policy, terminal);
}

function registerCheck(policy: Command, terminal: Terminal): void {
  policy
    .command('check')
    .summary('say everything that is wrong with files')
    .description(
      'Says everything that is wrong with policy files, each fault with file, line and column; or lists the policies. Needs no server.',
    )
    .argument('<files...>', FILES)
    .action(async (paths: string[], _options: unknown, command: Command) => {
      // Loaded only here: it brings the reader of YAML and the expression language along.
      const [{ readPolicies, refuseFaults }, { listFaults }, { drawPolicies }] = await Promise.all([
        import('../policy/read-policies.ts'),
        import('../policy/source.ts'),
        import('../views/policies.ts'),
      ]);
      const printer = createPrinter(terminal, readSharedFlags(command));
      const read = await readPolicies(paths);
      const policies = read.policies.map((one) => one.policy);
      // Programs read the faults where they read policies otherwise.
      if (read.faults.length === 0 || printer.json)
        printer.print({ ...pageOf(policies), ...listFaults(read.faults) }, (canvas) =>
          drawPolicies(policies, canvas),
        );
      if (read.faults.length > 0) throw refuseFaults(read.faults, read.fileCount);
      const rules = policies.reduce((sum, one) => sum + one.rules.length, 0);
      const counts = [
        countOf(policies.length, 'policy', 'policies'),
        countOf(rules, 'rule'),
        countOf(read.fileCount, 'file'),
      ];
      printer.note(`Nothing is wrong: ${counts[0]} with ${counts[1]} in ${counts[2]}.`);
    });
}

function registerSchema(policy: Command, terminal: Terminal): void {
  policy
    .command('schema')
    .summary('print the JSON Schema of policies, for editors')
    .description(
      'Prints the JSON Schema of a policy, by which an editor completes keys and marks faults while one types.',
    )
    .action(async () => {
      const { policySchema } = await import('@muster/protocol/policy');
      terminal.stdout.write(`${formatJson(policySchema)}\n`);
    });
}
