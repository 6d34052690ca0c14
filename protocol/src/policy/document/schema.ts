// The form of a file of a policy, as JSON Schema: what generated checks, editors and the compiler's types are made from.
import type { Static } from 'typebox';
import { DEFAULT_PRIORITY, MAX_PRIORITY, MAX_REFERENCES, MAX_RULES } from '../limits.ts';
import { ruleKindNames, ruleKinds } from '../rules.ts';
import { exceptionKeys, exceptionShape } from './exception-schema.ts';
import { expression, line, name, prose } from './fields.ts';
import { freezeKeys, freezeShape } from './freeze-schema.ts';
import { windowKeys, windowShape } from './window-schema.ts';

const mode = { enum: ['audit', 'enforce'] } as const;

/** Keys of a policy but its rules. */
const policyKeys = {
  policy: { ...name, description: 'Name, unique among the files: a-z, 0-9 and dashes.' },
  title: { ...line, description: 'What it is about, on one line.' },
  owner: { ...line, description: 'Who answers for it: a person, as text.' },
  // Absent: audit.
  mode: { ...mode, default: 'audit', description: 'audit: look only; enforce: look and repair.' },
  // Absent: DEFAULT_PRIORITY.
  priority: {
    type: 'integer',
    minimum: 0,
    maximum: MAX_PRIORITY,
    default: DEFAULT_PRIORITY,
    description: `Where policies want different things the higher number wins, 0 to ${MAX_PRIORITY}.`,
  },
  // Absent: all devices.
  on: {
    ...expression,
    default: 'true',
    description: 'Which devices it is for, as an expression; absent: all.',
  },
  // Absent: no device.
  except: { ...expression, default: 'false', description: 'And which not, as an expression; absent: none.' },
  ...windowKeys,
  ...freezeKeys,
  ...exceptionKeys,
} as const;

/** Keys of a rule but its kind. */
const ruleKeys = {
  id: { ...name, description: 'Name of the rule, unique in the policy: a-z, 0-9 and dashes.' },
  title: { ...line, description: 'What holds where the rule is kept, on one line.' },
  // Absent: empty.
  why: { ...prose, default: '', description: 'Why, for those whom the rule gets in the way of.' },
  // Absent: medium.
  severity: {
    enum: ['low', 'medium', 'high', 'critical'],
    default: 'medium',
    description: 'How bad it is where the rule is not kept.',
  },
  // Absent: none.
  references: {
    type: 'array',
    items: { ...line, description: 'A recommendation elsewhere: CIS Debian 12 5.1.20.' },
    maxItems: MAX_REFERENCES,
    default: [],
    description: 'Recommendations elsewhere that it follows.',
  },
  // Absent: empty.
  remediation: { ...prose, default: '', description: 'How a person repairs it by hand.' },
  // Absent: wherever the policy holds.
  when: {
    ...expression,
    default: 'true',
    description:
      'Narrows the rule, as an expression that a device can judge; absent: wherever the policy holds.',
  },
  // Absent: that of the policy.
  mode: {
    ...mode,
    description: 'audit: this rule only looks, though its policy enforces; absent: as its policy.',
  },
  // Absent: false.
  override: {
    type: 'boolean',
    default: false,
    description: 'Wins over rules of the same priority that do not say so.',
  },
} as const;

/** Keys that must be there. */
const policyNeeds = ['policy', 'title', 'owner', 'rules'] as const;
const ruleNeeds = ['id', 'title'] as const;

/** A rule but for its kind: for the type. */
const ruleHead = { type: 'object', required: ruleNeeds, properties: ruleKeys } as const;
/** A policy but for its rules: for the type. */
const policyHead = {
  type: 'object',
  required: ['policy', 'title', 'owner'],
  properties: policyKeys,
} as const;

/** What a file says of a rule, beside its kind, once checked. */
export type RuleHead = Static<typeof ruleHead>;
/** What a file says of a policy, beside its rules, once checked. */
export type PolicyHead = Static<typeof policyHead>;

/** By a function of each kind. */
function mapKinds<T>(make: (kind: (typeof ruleKindNames)[number]) => T): Record<string, T> {
  return Object.fromEntries(ruleKindNames.map((kind) => [kind, make(kind)]));
}

/**
 * Schemas that checks are generated from. Apart from each other, so that a fault in one rule hides none in another, and
 * that what is too long is not looked through.
 */
export const policyShapes: Readonly<Record<string, object>> = {
  // The rules are looked at one by one.
  policy: {
    type: 'object',
    required: policyNeeds,
    additionalProperties: false,
    properties: { ...policyKeys, rules: { type: 'array', minItems: 1, maxItems: MAX_RULES } },
  },
  // The kind too.
  rule: {
    type: 'object',
    required: ruleNeeds,
    additionalProperties: false,
    properties: { ...ruleKeys, ...mapKinds(() => ({})) },
  },
  window: windowShape, // one by one too
  exception: exceptionShape,
  freeze: freezeShape,
  ...mapKinds((kind) => ruleKinds[kind].schema),
};

/** The JSON Schema (draft 2020-12) of a whole file, for editors: one document of it. */
export const policySchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Policy of Muster',
  description: 'What should hold on devices.',
  type: 'object',
  required: policyNeeds,
  additionalProperties: false,
  properties: {
    ...policyKeys,
    windows: { ...windowKeys.windows, items: windowShape },
    freezes: { ...freezeKeys.freezes, items: freezeShape },
    exceptions: { ...exceptionKeys.exceptions, items: exceptionShape },
    rules: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_RULES,
      description: 'What should hold, each with exactly one kind.',
      items: {
        type: 'object',
        required: ruleNeeds,
        additionalProperties: false,
        properties: { ...ruleKeys, ...mapKinds((kind) => ruleKinds[kind].schema) },
        // Exactly one kind
        oneOf: ruleKindNames.map((kind) => ({ required: [kind] })),
      },
    },
  },
} as const;
