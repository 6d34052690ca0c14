// A policy as a file that a person would write: defaults left out, texts in the plainest form that is read back the same.

import type { Policy } from '../document/policy.ts';
import { DEFAULT_PRIORITY } from '../limits.ts';
import { formatPolicy } from './format.ts';

/** What a file need not say of a policy. */
const policyDefaults: Readonly<Record<string, unknown>> = {
  mode: 'audit', // look only
  priority: DEFAULT_PRIORITY, // the middle
  on: 'true', // all devices
  except: 'false', // but none
  missed: 'next-window', // what was missed waits
};
/** And of a rule, besides its mode. */
const ruleDefaults: Readonly<Record<string, unknown>> = {
  why: '',
  severity: 'medium',
  references: [],
  remediation: '',
  when: 'true',
  override: false,
};

/** One YAML document with its last line ended. Read back by `checkPolicy` it is the same policy. */
export function formatPolicyYaml(policy: Policy): string {
  const { rules, ...head } = formatPolicy(policy);
  const lines = formatKeys(dropDefaults(head, policyDefaults), ''); // what the policy says of itself
  lines.push('rules:');
  for (const [at, rule] of rules.entries()) {
    const same = { ...ruleDefaults, mode: policy.mode }; // a rule that does as its policy need not say so
    const [first = '', ...others] = formatKeys(dropDefaults(rule, same), '    ');
    lines.push(`  - ${first.trimStart()}`, ...others); // the dash stands where two blanks of the first line stood
    if (at < rules.length - 1) lines.push(''); // between rules, for the eye
  }
  return `${lines.join('\n')}\n`;
}

/** Keys whose value is not what an absent key means. */
function dropDefaults(value: Readonly<Record<string, unknown>>, defaults: Readonly<Record<string, unknown>>) {
  const said = Object.entries(value).filter(
    ([key, one]) => !Object.hasOwn(defaults, key) || JSON.stringify(one) !== JSON.stringify(defaults[key]),
  );
  return Object.fromEntries(said);
}

/** `key: value` a line; objects and lists below their key. */
function formatKeys(value: object, indent: string): string[] {
  return Object.entries(value).flatMap(([key, one]) => formatEntry(key, one, indent));
}

/** One key. Keys are names of the schema, so they need no quotes. */
function formatEntry(key: string, value: unknown, indent: string): string[] {
  // References, windows
  if (Array.isArray(value)) return [`${indent}${key}:`, ...value.flatMap((one) => formatOne(one, indent))];
  // What is wanted
  if (typeof value === 'object' && value !== null)
    return [`${indent}${key}:`, ...formatKeys(value, `${indent}  `)];
  // Prose; `-` takes the end of the last line away, which the text does not have
  if (typeof value === 'string' && isBlock(value))
    return [
      `${indent}${key}: |-`,
      ...value.split('\n').map((line) => (line === '' ? '' : `${indent}  ${line}`)),
    ];
  return [`${indent}${key}: ${formatScalar(value)}`];
}

/** One entry of a list: a text, or keys of which the first stands behind the dash. */
function formatOne(one: unknown, indent: string): string[] {
  if (typeof one !== 'object' || one === null) return [`${indent}  - ${formatScalar(one)}`];
  const [first = '', ...others] = formatKeys(one, `${indent}    `);
  return [`${indent}  - ${first.trimStart()}`, ...others];
}

/** Several lines that a literal block keeps exactly: the first is not moved in, none ends with a blank, and the last one says something. */
function isBlock(text: string): boolean {
  return text.includes('\n') && /^\S/.test(text) && /\S$/.test(text) && !/[ \t]$/m.test(text);
}

/** Words that YAML 1.2 or older readers take for something else than text. */
const odd = /^(?:true|false|null|yes|no|on|off|y|n|~|[-+.]?[0-9].*)$/i;
/** Begins with a letter or a slash and has nothing that could end a plain text, or begin something else. */
const plain = /^[A-Za-z/](?:[A-Za-z0-9 _./@()="'!&|<>+~^,;$%*-]|:(?=[^\s]))*$/;

/** A text stands plain where no reader could take it for anything else, in the quotes of JSON elsewhere. */
function formatScalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value); // a number, true, false
  const isPlain = plain.test(value) && !odd.test(value) && !value.endsWith(' ') && !value.includes(' #');
  return isPlain ? value : JSON.stringify(value);
}
