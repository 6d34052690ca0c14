// Where a command that only looks takes policies from: files, which needs no server, or what is in force.
import type { Policy } from '@muster/protocol/policy';
import type { Command } from 'commander';
import { createPrinter, type Printer, readSharedFlags, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** What was typed. */
interface Typed {
  /** Files and folders; none: the policies in force. */
  readonly paths: readonly string[];
  readonly command: Command;
}

/** Hands policies on: those of files, or of what is in force those that somebody has signed who may sign now. @throws MusterError E_FILE, E_POLICY; those of readInForce */
export async function withPolicies(
  terminal: Terminal,
  { paths, command }: Typed,
  work: (printer: Pick<Printer, 'print' | 'note'>, policies: readonly Policy[]) => Promise<void>,
): Promise<void> {
  if (paths.length > 0) {
    const { requirePolicies } = await import('../policy/read-policies.ts');
    const placed = await requirePolicies(paths);
    return work(
      createPrinter(terminal, readSharedFlags(command)),
      placed.map((one) => one.policy),
    );
  }
  await withSession(terminal, command, async (session) => {
    const { readBoth } = await import('../policy/applying.ts');
    const { inForce } = await readBoth(session);
    await work(
      session,
      inForce.members.flatMap(({ opened }) => (opened === null ? [] : [opened.policy])),
    );
  });
}
