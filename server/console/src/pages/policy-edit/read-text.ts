// The text in the editor as one policy, or what is wrong with it and where.
import type { Wanted } from '@muster/cli/draft-plan';
import { parsePolicies } from '@muster/cli/parse-policies';
import { type Place, placeOf } from '@muster/cli/place';
import { encodeBase64url, encodeUtf8, sha256 } from '@muster/protocol';
import { findLongExceptions, MAX_POLICY_FILE_BYTES } from '@muster/protocol/policy';

/** Something wrong at a place of the text. */
export interface TextFault extends Place {
  /** UTF-16 units from the beginning. */
  readonly at: number;
  readonly message: string;
}

/** Which name the policy must have. */
export interface NameRule {
  /** The policy that is edited; absent: a new one. */
  readonly only?: string;
  /** Names in force, which a new one must not have. */
  readonly taken: readonly string[];
}

/** Words for what only this page asks for. */
export interface TextWords {
  readonly one: string;
  readonly large: string;
  named(name: string): string;
  taken(name: string): string;
}

/** What a text says; `wanted` is null where anything is wrong. */
export interface ReadText {
  readonly wanted: Wanted | null;
  readonly faults: readonly TextFault[];
}

/** Pure. Faults are those of `muster policy check`, word for word. */
export function readText(text: string, rule: NameRule, words: TextWords): ReadText {
  const bytes = encodeUtf8(text);
  const source = { path: 'policy.yaml', text };
  const blame = (at: number, message: string): ReadText => ({
    wanted: null,
    faults: [{ at, ...placeOf(source, at), message }],
  });
  if (bytes.length > MAX_POLICY_FILE_BYTES) return blame(0, words.large);
  const { policies, faults } = parsePolicies([source]);
  if (faults.length > 0)
    return {
      wanted: null,
      faults: faults.map(({ at, message }) => ({ at, ...placeOf(source, at), message })),
    };
  const [first, second] = policies;
  if (first === undefined || second !== undefined)
    return blame(second?.blame({ path: ['policy'], message: '' }).at ?? 0, words.one);
  const { policy } = first;
  const { at } = first.blame({ path: ['policy'], message: '' });
  if (rule.only !== undefined && policy.name !== rule.only) return blame(at, words.named(rule.only));
  if (rule.only === undefined && rule.taken.includes(policy.name)) return blame(at, words.taken(policy.name));
  const [long] = findLongExceptions(policy, Date.now());
  if (long !== undefined) return blame(first.blame(long).at, long.message);
  return { wanted: { policy, source: encodeBase64url(sha256(bytes)) }, faults: [] };
}
