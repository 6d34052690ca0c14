// What devices testify to, as `muster-agent status --json` prints it, and whether they contradict each other. Pure.
import { type AuditCheckpoint, findFork, isMusterError } from '@muster/protocol';
import type { CheckpointReader } from './keys.ts';

/** A checkpoint that somebody else than the server kept. */
export interface Witnessed extends AuditCheckpoint {
  /** Which file it is from, for the report. */
  readonly from: string;
  /** One of those before the newest of that device, which proved for itself that they lead there. */
  readonly isOlder: boolean;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Kept {
  readonly envelope: unknown;
  readonly isOlder: boolean;
}

/** The envelopes in a status, or in a list of them: what the device keeps, what was shown to it without proof, and what raised its alarm. */
function listEnvelopes(value: unknown, isOlder = false): Kept[] {
  if (Array.isArray(value)) return value.flatMap((one) => listEnvelopes(one, isOlder));
  if (!isRecord(value)) return [];
  if ('payloadType' in value) return [{ envelope: value, isOlder }];
  const { witness, newest, older, unproven, alarm, shown, envelope } = value;
  const others = [witness, newest, unproven, alarm, shown, envelope];
  return [...others.flatMap((one) => listEnvelopes(one, isOlder)), ...listEnvelopes(older, true)];
}

/** Reads testimony; what is not signed by the server is a fault of the file, not of the audit. */
export function readWitnesses(
  texts: readonly { readonly name: string; readonly text: string }[],
  reader: CheckpointReader,
): { readonly witnesses: Witnessed[]; readonly faults: string[] } {
  const witnesses: Witnessed[] = [];
  const faults: string[] = [];
  for (const { name, text } of texts) {
    try {
      const envelopes = listEnvelopes(JSON.parse(text));
      if (envelopes.length === 0)
        faults.push(`${name} holds no checkpoint; give the output of muster-agent status --json.`);
      for (const { envelope, isOlder } of envelopes)
        witnesses.push({ ...reader.openAny(envelope), from: name, isOlder });
    } catch (error) {
      if (!isMusterError(error) && !(error instanceof SyntaxError)) throw error;
      faults.push(`${name} holds a checkpoint that the server did not sign, or no JSON: ${error.message}`);
    }
  }
  return { witnesses, faults };
}

/** Pairs of which both cannot be true: the server showed two histories. */
export function findContradictions(witnesses: readonly Witnessed[]): string[] {
  const bySize = new Map<number, Witnessed>();
  const faults: string[] = [];
  for (const one of witnesses) {
    const other = bySize.get(one.size);
    if (other !== undefined && findFork(other, one) !== null)
      faults.push(
        `The server showed two histories: ${other.from} and ${one.from} saw different audits of ${one.size} entries.`,
      );
    else bySize.set(one.size, one);
  }
  return faults;
}

/**
 * What was left over when all entries were read, as sentences: testimony that was not compared must not count as if it agreed.
 * `compared` names the files of which something newer was.
 */
export function findUncompared(
  left: readonly Witnessed[],
  {
    from,
    to,
    compared,
  }: { readonly from: number; readonly to: number; readonly compared: ReadonlySet<string> },
): string[] {
  return left.flatMap((one) => {
    if (one.size > to)
      return [
        `${one.from} saw ${one.size} entries, and the export ends with entry ${to}: history was cut off.`,
      ];
    if (one.isOlder && compared.has(one.from)) return [];
    return [
      `${one.from} saw ${one.size} entries, which an export from entry ${from} on cannot be compared with: export from 1.`,
    ];
  });
}
