// A policy as everybody but its writer sees it: checked, every spelling the one, every default filled in.
import type { PolicyException } from '../exceptions/exception.ts';
import type { RuleKindName, WantedOf } from '../rules.ts';
import type { Missed, PolicyFreeze, PolicyWindow } from '../windows/window.ts';

/** audit: look only; enforce: look and repair. */
export type PolicyMode = 'audit' | 'enforce';

/** How bad it is where a rule is not kept. */
export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** What rules of every kind have. */
interface RuleBase {
  /** Unique in the policy. */
  readonly id: string;
  readonly title: string;
  /** '' where nobody said why. */
  readonly why: string;
  readonly severity: Severity;
  /** May be empty. */
  readonly references: readonly string[];
  /** How a person repairs it by hand; may be ''. */
  readonly remediation: string;
  /** Expression that a device judges; `true` where nothing narrows the rule. */
  readonly when: string;
  /** Never `enforce` in a policy that audits. */
  readonly mode: PolicyMode;
  /** Wins over rules of the same priority that do not. */
  readonly override: boolean;
  /** What it decides about: `ssh.PermitRootLogin`. Equal for all spellings. */
  readonly item: string;
}

/** A rule: what should hold about one item. */
export type PolicyRule = {
  readonly [Kind in RuleKindName]: RuleBase & {
    readonly kind: Kind;
    /** What should hold, in the one form of its kind. */
    readonly wanted: WantedOf<Kind>;
  };
}[RuleKindName];

/** A policy. */
export interface Policy {
  /** Unique among the policies that are judged together. */
  readonly name: string;
  readonly title: string;
  /** Who answers for it. */
  readonly owner: string;
  readonly mode: PolicyMode;
  /** 0 to MAX_PRIORITY; the higher wins. */
  readonly priority: number;
  /** Expression that the server judges: which devices; `true` for all. */
  readonly on: string;
  /** Expression that the server judges: and which not; `false` for none. */
  readonly except: string;
  /** Its repairs start only inside one of them; none: whenever they are due. */
  readonly windows: readonly PolicyWindow[];
  /** Means nothing without windows. */
  readonly missed: Missed;
  /** Times in which nothing of it is repaired, or nothing of any policy; may be empty. */
  readonly freezes: readonly PolicyFreeze[];
  /** Rules of it that are left alone on some devices for a time; may be empty. In the order of the file, which is their name. */
  readonly exceptions: readonly PolicyException[];
  /** At least one; in the order of the file, which means nothing. */
  readonly rules: readonly PolicyRule[];
}

/** Something wrong in a file. */
export interface PolicyFault {
  /** Keys and indexes from the top of the document to the place; a key that must go or is missing stands last. */
  readonly path: readonly (string | number)[];
  /** One sentence that says what to do. */
  readonly message: string;
  /** Place inside the text of an expression, UTF-16 units from its beginning; absent: the value as a whole. */
  readonly offset?: number;
}
