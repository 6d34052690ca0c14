// What simulated runs print, and the words with which some of them fail.

/** Failures as they happen in the field, by the beginning of the kind. */
const failures: readonly { readonly kind: string; readonly summary: string; readonly output: string }[] = [
  {
    kind: 'package.',
    summary: 'The package manager ended with 100.',
    output:
      'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)\n',
  },
  {
    kind: 'package.',
    summary: 'The package manager ended with 100.',
    output: "E: You don't have enough free space in /var/cache/apt/archives/.\n",
  },
  {
    kind: 'service.',
    summary: 'The service did not come up.',
    output: 'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)\n',
  },
  {
    kind: 'script.',
    summary: 'The script ended with 1.',
    output: 'tar: /srv/backup: Cannot open: No such file or directory\n',
  },
  { kind: '', summary: 'The command ended with 1.', output: 'Input/output error\n' },
];

/** One of the failures that fit. */
export function failWords(
  kind: string,
  random: () => number,
): { readonly summary: string; readonly output: string } {
  const fitting = failures.filter((one) => kind.startsWith(one.kind));
  const { summary, output } = fitting[Math.floor(random() * fitting.length)] ?? {
    summary: 'It failed.',
    output: '',
  };
  return { summary, output };
}

/** What a run prints when it goes well: mostly the same everywhere, as in life. */
export function writeOutput(kind: string, device: number): string {
  if (kind.startsWith('package.'))
    return `1 upgraded, 0 newly installed, 0 to remove and ${device % 3} not upgraded.\n`;
  if (kind.startsWith('script.')) return 'ok\n';
  return '';
}
