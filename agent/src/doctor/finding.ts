// What one check of `muster-agent doctor` came to, and how its results are written.

/** ok: as it should be · warn: works, but look at it · fail: keeps the agent from its work · skip: could not be looked at yet. */
export type Verdict = 'ok' | 'warn' | 'fail' | 'skip';

/** One line of the result. `--json` prints exactly these. */
export interface Finding {
  readonly check: 'DNS' | 'TCP' | 'TLS' | 'Clock' | 'Trust' | 'Disk' | 'Permissions' | 'Agent';
  readonly verdict: Verdict;
  /** What was found, one sentence. */
  readonly said: string;
  /** What to do about it; null: nothing. */
  readonly fix: string | null;
}

type Check = Finding['check'];

export const ok = (check: Check, said: string): Finding => ({ check, verdict: 'ok', said, fix: null });
export const skip = (check: Check, said: string): Finding => ({ check, verdict: 'skip', said, fix: null });
export const warn = (check: Check, said: string, fix: string): Finding => ({
  ...{ check, verdict: 'warn', said, fix },
});
export const failed = (check: Check, said: string, fix: string): Finding => ({
  ...{ check, verdict: 'fail', said, fix },
});

/** The lines for a person: a word, the check, what was found, and below it what to do. */
export function formatFinding({ check, verdict, said, fix }: Finding): string {
  const line = `${verdict.padEnd(5)} ${check.padEnd(12)} ${said}`;
  return fix === null ? line : `${line}\n${' '.repeat(19)}Fix: ${fix}`;
}
