// Rule `ssh`: an effective setting of the SSH server, as `sshd -T` tells it, whatever file it comes from.
import type { Static } from 'typebox';
import { suggest } from '../language/suggest.ts';
import { defineRule } from '../rule-kind.ts';
import { findSshOption, type OptionType, sshOptionNames } from './ssh/options.ts';

/** As a file has it. */
const schema = {
  type: 'object',
  required: ['option', 'value'],
  additionalProperties: false,
  description: 'A setting of the SSH server.',
  properties: {
    option: {
      type: 'string',
      pattern: '^[A-Za-z0-9]{1,64}$',
      patternErrorMessage: 'Write an option of sshd_config(5): PermitRootLogin.',
      description: 'Option of sshd_config(5), in any case: PermitRootLogin.',
    },
    value: {
      type: 'string',
      maxLength: 2048,
      pattern: '^[^\\u0000-\\u001f\\u007f]+$',
      patternErrorMessage: 'Write the value on one line.',
      description: 'Value as `sshd -T` tells it, in quotes: "no".',
    },
  },
} as const;

/** An option with its value. */
export type SshWanted = Static<typeof schema>;

/** Seconds of the units of sshd_config(5), section TIME FORMATS. */
const unitSeconds: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Seconds as text of `2m`, `1h30m`, `90`; null for what is no span. Spans add up. */
function readSpan(text: string): string | null {
  if (!/^(?:\d{1,9}[smhdw])*(?:\d{1,9})?$/i.test(text)) return null;
  const parts = [...text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g)]; // 1h, 30m
  return String(
    parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitSeconds[unit] ?? 0), 0),
  );
}

/** Words that sshd takes for another one; all but the first are told by `sshd -T` as that other. No option uses one of them otherwise. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ['without-password', 'prohibit-password'], // PermitRootLogin, of which the older name is told
  ['all', 'yes'], // AllowTcpForwarding, AllowStreamLocalForwarding
  ['delayed', 'yes'], // Compression
  ['debug1', 'debug'], // LogLevel
]);

/** The usual spelling; a name that sshd does not have stays as it is. */
function nameOption(option: string): string {
  return findSshOption(option)?.name ?? option;
}

/** The one spelling of a value. */
function spell(type: OptionType, value: string): string {
  // Blanks divide and mean nothing else
  const text = value.trim().replace(/ +/g, ' ');
  switch (type) {
    case 'flag':
      return text.toLowerCase();
    case 'word':
      return synonyms.get(text.toLowerCase()) ?? text.toLowerCase();
    case 'time':
      return readSpan(text) ?? text.toLowerCase();
    case 'text':
      return text;
  }
}

export const sshRule = defineRule<SshWanted, SshWanted>({
  schema,
  key: 'option',
  check({ option, value }) {
    const found = findSshOption(option); // whatever its case
    if (found === undefined) {
      const meant = suggest(option, sshOptionNames); // PermitRotLogin
      return [{ key: 'option', message: `sshd has no option "${option}"${meant}.` }];
    }
    if (value.trim() === '') return [{ key: 'value', message: 'Write the value that is wanted.' }];
    if (found.type === 'flag' && !/^(?:yes|no)$/.test(spell('flag', value)))
      // sshd would refuse its whole file
      return [{ key: 'value', message: `${found.name} is "yes" or "no".` }];
    return [];
  },
  normalizeName: nameOption,
  normalize: ({ option, value }) => ({
    option: nameOption(option),
    value: spell(findSshOption(option)?.type ?? 'text', value),
  }),
  item: ({ option }) => `ssh.${nameOption(option)}`, // ssh.PermitRootLogin
  describe: ({ option, value }) => `${option} is ${value}`, // PermitRootLogin is no
});
