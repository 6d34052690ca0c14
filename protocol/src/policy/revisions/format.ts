// The one text of a policy: what is signed, hashed and compared.

import { encodeBase64url } from '../../signing/base64url.ts';
import { encodeUtf8 } from '../../signing/bytes.ts';
import type { Hash } from '../../signing/crypto.ts';
import type { Policy, PolicyRule } from '../document/policy.ts';

/** A rule as a file could have it, every key written. */
export type WrittenRule = Readonly<Record<string, unknown>>;
/** A policy as a file could have it, every key written: `checkPolicy` of it is the same policy again. */
export type WrittenPolicy = { readonly policy: string; readonly rules: readonly WrittenRule[] } & Readonly<
  Record<string, unknown>
>;

/**
 * The policy in the form of a file, with every default written out: a later version may have other defaults, and what was
 * signed must not change with them. Keys have one order, so the same policy is the same text wherever it is made.
 */
export function formatPolicy({ name, rules, ...head }: Policy): WrittenPolicy {
  const { title, owner, mode, priority, on, except } = head;
  return {
    ...{ policy: name, title, owner, mode, priority, on, except },
    ...formatWindows(head),
    ...formatFreezes(head),
    ...formatExceptions(head),
    rules: rules.map(formatRule),
  };
}

/** Windows; nothing where there are none: a policy without them is the same text as before there were any. */
function formatWindows({ windows, missed }: Pick<Policy, 'windows' | 'missed'>) {
  if (windows.length === 0) return {};
  const written = windows.map(({ start, zone, every, for: length, except }) => ({
    ...{ start, zone, ...(every === '' ? {} : { every }), for: length },
    ...(except.length === 0 ? {} : { except: [...except] }),
  }));
  return { windows: written, missed };
}

/** Freezes; nothing where there are none, as with windows. */
function formatFreezes({ freezes }: Pick<Policy, 'freezes'>) {
  if (freezes.length === 0) return {};
  return { freezes: freezes.map(({ from, to, reason, all }) => ({ from, to, reason, all })) };
}

/** Exceptions, with their item; nothing where there are none, as with windows. */
function formatExceptions({ exceptions }: Pick<Policy, 'exceptions'>) {
  if (exceptions.length === 0) return {};
  return {
    exceptions: exceptions.map(({ rule, item, on, reason, approvedBy, until }) => ({
      ...{ rule, item, on, reason, approvedBy, until },
    })),
  };
}

/** The kind stands last, under its own name; its keys are sorted, since what is wanted comes in the order of its kind's code. */
function formatRule({ kind, wanted, ...rule }: PolicyRule): WrittenRule {
  const { id, title, why, severity, references, remediation, when, mode, override } = rule;
  // One level, no absent values: texts, yes and no.
  const sorted = Object.fromEntries(Object.entries(wanted).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    // In the order in which people read them
    ...{ id, title, why, severity, references: [...references] },
    ...{ remediation, when, mode, override, [kind]: sorted },
  };
}

/** sha256 of the one text, base64url: two policies with the same hash say the same. */
export function hashPolicy(policy: Policy, hash: Hash): string {
  return encodeBase64url(hash.sha256(encodeUtf8(JSON.stringify(formatPolicy(policy)))));
}
