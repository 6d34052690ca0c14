// Rule `sysctl`: a parameter of the running kernel.
import type { Static } from 'typebox';
import { defineRule } from '../rule-kind.ts';

/** As a file has it. */
const schema = {
  type: 'object',
  required: ['key', 'value'],
  additionalProperties: false,
  description: 'A parameter of the kernel.',
  properties: {
    key: {
      type: 'string',
      maxLength: 256,
      pattern: '^[A-Za-z0-9_@:-]+(?:[./][A-Za-z0-9_@:-]+)+$',
      patternErrorMessage:
        'Write the key as sysctl has it, words with dots between them: net.ipv4.ip_forward.',
      description: 'Key as sysctl has it: net.ipv4.ip_forward.',
    },
    // Several numbers stand in one text, as tcp_rmem has them.
    value: {
      type: 'string',
      maxLength: 1024,
      pattern: '^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]*$',
      patternErrorMessage: 'Write the value on one line.',
      description:
        'Value as text, in quotes: "0". May be empty, where the kernel takes nothing for an answer.',
    },
  },
} as const;

/** A parameter with its value. */
export type SysctlWanted = Static<typeof schema>;

/**
 * `net.ipv4.ip_forward` of `net/ipv4/ip_forward`. Where a slash comes first, slashes divide and dots belong to names
 * (`net/ipv4/conf/eth0.7/forwarding` is `net.ipv4.conf.eth0/7.forwarding`), as sysctl(8) has it.
 */
function nameKey(key: string): string {
  const [first = '.'] = /[./]/.exec(key) ?? [];
  return first === '.' ? key : key.replace(/[./]/g, (divider) => (divider === '/' ? '.' : '/'));
}

export const sysctlRule = defineRule<SysctlWanted, SysctlWanted>({
  schema,
  key: 'key',
  check: () => [], // the form says all
  normalizeName: nameKey,
  // The kernel divides several numbers by tabs, people by blanks
  normalize: ({ key, value }) => ({ key: nameKey(key), value: value.trim().replace(/\s+/g, ' ') }),
  item: ({ key }) => `sysctl.${nameKey(key)}`, // sysctl.net.ipv4.ip_forward
  describe: ({ key, value }) => `${key} is ${value}`, // net.ipv4.ip_forward is 0
});
