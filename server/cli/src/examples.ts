// The example that each --help begins with: what one wants, and the line that does it.

/** One example. */
export interface Example {
  readonly wish: string;
  readonly lines: readonly string[];
}

/** By command, as `devices approve`; '' is muster itself. */
export const examples: Readonly<Record<string, Example>> = {
  '': {
    wish: 'Try it on this machine, then look at your fleet',
    lines: ['muster quickstart', 'muster devices'],
  },
  quickstart: {
    wish: 'Run a server and manage this machine, with one command',
    lines: ['muster quickstart'],
  },
  login: {
    wish: 'Sign in to a server on this machine',
    lines: [
      'muster-server token --name me --data-dir /var/lib/muster > token',
      'muster login --url https://127.0.0.1:8443 --ca-file /var/lib/muster/tls/ca.pem --token-file token',
    ],
  },
  logout: { wish: 'Forget the sign-in of this terminal', lines: ['muster logout'] },
  whoami: { wish: 'See where you are signed in, and how far trust goes', lines: ['muster whoami'] },
  devices: {
    wish: 'See who waits for approval',
    lines: ['muster devices --state pending', 'muster devices approve web-01'],
  },
  'devices approve': { wish: 'Let a device in', lines: ['muster devices approve web-01'] },
  'devices release': {
    wish: 'Let a quarantined device work again',
    lines: ['muster devices release web-01'],
  },
  'devices retire': { wish: 'End the management of a device', lines: ['muster devices retire web-01'] },
  device: { wish: 'See how a device does, and did today', lines: ['muster device web-01 --hours 24'] },
  label: {
    wish: 'Say what a device is for, and drop an old label',
    lines: ['muster label web-01 role=web env=prod floor-'],
  },
  inventory: {
    wish: 'See the packages of a device as they were last week, and its processes now',
    lines: ['muster inventory web-01 packages --at 7d', 'muster inventory web-01 processes'],
  },
  timeline: { wish: 'See what changed on a device this week', lines: ['muster timeline web-01 --from 7d'] },
  diff: {
    wish: 'See what is different since yesterday, and between two devices',
    lines: ['muster diff web-01 1d', 'muster diff web-01 --with web-02 --section packages'],
  },
  'who-has': {
    wish: 'Find the devices with a vulnerable package',
    lines: ["muster who-has openssl --version '<3.0.14' --ecosystem deb"],
  },
  tokens: { wish: 'Enroll a device', lines: ['muster tokens create'] },
  'tokens create': {
    wish: 'Enroll twenty web servers today, without approving each',
    lines: ['muster tokens create --uses 20 --expires 8h --approve-automatically --label role=web'],
  },
  'tokens list': { wish: 'See which tokens still work', lines: ['muster tokens list'] },
  'tokens revoke': {
    wish: 'End a token that went astray',
    lines: ['muster tokens revoke tok_aaaaaaaaaaaaaaaaaaaaaaaaaa'],
  },
  alerts: { wish: 'See what is wrong now', lines: ['muster alerts'] },
  metrics: {
    wish: 'See the processor time of a day, and keep a month as CSV',
    lines: [
      'muster metrics web-01 system.cpu.busy --from 24h',
      'muster metrics web-01 system.cpu.busy --from 30d --step 5m --csv > cpu.csv',
    ],
  },
  top: { wish: 'Watch the busiest devices', lines: ['muster top --sort memory'] },
  completion: {
    wish: 'Complete with the tab key in bash, from now on',
    lines: ["echo 'source <(muster completion bash)' >> ~/.bashrc"],
  },
};
