// The example that each --help begins with: what one wants, and the line that does it.
import type { Example } from './example.ts';
import { policyExamples } from './examples-policies.ts';

/** By command, as `devices approve`; '' is muster itself. */
export const examples: Readonly<Record<string, Example>> = {
  ...policyExamples,
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
  'setup-link': {
    wish: 'Sign in to the console for the first time, or after losing every passkey',
    lines: ['muster setup-link', 'muster setup-link anna --data-dir /var/lib/muster'],
  },
  logout: { wish: 'Forget the sign-in of this terminal', lines: ['muster logout'] },
  whoami: { wish: 'See where you are signed in, and how far trust goes', lines: ['muster whoami'] },
  devices: {
    wish: 'See who waits for approval',
    lines: ['muster devices --state pending', 'muster devices approve web-01'],
  },
  find: {
    wish: 'Find the Debian machines of a network with few processors, and count them',
    lines: [
      `muster find 'os.family == "debian" && within("10.0.0.0/8") && cpu.count < 4'`,
      `muster find 'os.family == "debian"' --count`,
      `muster find 'label("env") == "prod"' --columns name,os,kernel --all --csv > prod.csv`,
    ],
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
  audit: {
    wish: 'See what was done lately, and keep it where nobody of the server can change it',
    lines: ['muster audit', 'muster audit export --out audit.jsonl'],
  },
  'audit list': {
    wish: 'See what was refused this week',
    lines: ['muster audit list --refused --from 7d'],
  },
  'audit export': {
    wish: 'Export the audit and check it',
    lines: ['muster audit export --out audit.jsonl', 'muster-verify audit.jsonl --trust-hash 3q2-7w…'],
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
  init: {
    wish: 'Begin a server that never has your keys: first and last line there, the second here',
    lines: [
      'muster-server init --data-dir /var/lib/muster > server.json',
      "muster init --server server.json --id anna --name 'Anna Adler' --out genesis.json",
      'muster-server init --data-dir /var/lib/muster --genesis genesis.json',
    ],
  },
  keys: {
    wish: 'Make a key that signs, and see its fingerprint',
    lines: ['muster keys new', 'muster keys show me'],
  },
  'keys new': { wish: 'Make a key of your own', lines: ['muster keys new --name me'] },
  'keys list': { wish: 'See which keys are on this workstation', lines: ['muster keys list'] },
  'keys show': { wish: 'Read the fingerprint of a key to somebody', lines: ['muster keys show me'] },
  persons: {
    wish: 'Bring a second person in: he makes his key, you make it count',
    lines: [
      "muster persons add 'Berta Berg' --id berta --role technician approver",
      'muster persons token berta > token-for-berta',
      'muster trust add-signer berta --mode hardened',
    ],
  },
  'persons list': { wish: 'See who works with this server', lines: ['muster persons list'] },
  'persons invite': {
    wish: 'Let somebody in',
    lines: ['muster persons add Ben --role viewer', 'muster persons invite ben'],
  },
  'persons add': {
    wish: 'Add a person who looks after devices',
    lines: ["muster persons add 'Berta Berg' --id berta --role technician"],
  },
  'persons grant': {
    wish: 'Let somebody look after the test machines only',
    lines: [`muster persons grant berta technician --where 'label("env") == "test"'`],
  },
  'persons withdraw': { wish: 'Take a role away', lines: ['muster persons withdraw berta technician'] },
  'persons disable': { wish: 'Shut somebody out at once', lines: ['muster persons disable berta'] },
  'persons enable': { wish: 'Let somebody in again', lines: ['muster persons enable berta'] },
  roles: { wish: 'See who may be given what', lines: ['muster roles', 'muster roles show technician'] },
  'roles list': { wish: 'See which roles there are', lines: ['muster roles list'] },
  'roles show': { wish: 'See what a role allows', lines: ['muster roles show technician'] },
  'roles permissions': { wish: 'See what roles can allow', lines: ['muster roles permissions'] },
  'roles add': {
    wish: 'Let people restart services on test machines',
    lines: [`muster roles add Ops --allow 'jobs.write where label("env") == "test"' --kinds service.restart`],
  },
  'roles change': {
    wish: 'Let them do so everywhere, and see devices',
    lines: ['muster roles change Ops --allow jobs.write devices.read --kinds service.restart'],
  },
  'roles remove': { wish: 'Delete a role that nobody needs', lines: ['muster roles remove Ops'] },
  'persons add-key': {
    wish: 'Register the key of your workstation',
    lines: ['muster keys new', 'muster persons add-key'],
  },
  'persons token': {
    wish: 'Let somebody look at devices for a week',
    lines: ['muster persons token berta --permission devices.read trust.read --expires 7d'],
  },
  'persons revoke-token': {
    wish: 'End a token that went astray',
    lines: ['muster persons revoke-token berta tok_aaaaaaaaaaaaaaaaaaaaaaaaaa'],
  },
  trust: { wish: 'See who may sign what, and what is still soft', lines: ['muster trust show'] },
  'trust show': { wish: 'See who may sign what, and what is still soft', lines: ['muster trust show'] },
  'trust add-signer': {
    wish: 'Let a second person sign, and an automation restart services',
    lines: [
      'muster trust add-signer berta --mode hardened',
      'muster trust add-signer deploy --kind automation --kinds service.restart',
    ],
  },
  'trust add-key': {
    wish: 'Give a signer the key of a new laptop, or let him sign in the browser',
    lines: ['muster trust add-key berta', 'muster trust add-key berta --passkey 1f2e3d4c5b6a7988'],
  },
  'trust set-origins': {
    wish: 'Let passkeys sign at the address of the console',
    lines: ['muster trust set-origins https://muster.example.com'],
  },
  'trust remove-key': {
    wish: 'Take the key of a lost laptop away',
    lines: ['muster trust remove-key berta 0123456789abcdef'],
  },
  'trust remove-signer': {
    wish: 'Take all rights of somebody away who leaves',
    lines: ['muster trust remove-signer berta --mode solo'],
  },
  'trust rotate': {
    wish: 'Exchange the root key, and have two of them sign from now on',
    lines: [
      'muster trust rotate root --root-key /media/stick/root.key.json',
      'muster trust rotate root --name root-berta --add --threshold 2',
      'muster trust rotate server',
    ],
  },
  'trust set-class': {
    wish: 'Have two persons sign every shutdown',
    lines: ['muster trust set-class power.shutdown destructive'],
  },
  'trust harden': {
    wish: 'Leave quick start, alone or with a second person',
    lines: [
      'muster trust harden',
      'muster trust harden --mode hardened --signer berta=GeZUQ5FBqJwhBCTDIREoAKRuKo3lPapHakTapMG9-S4',
    ],
  },
  'trust export-root': {
    wish: 'Move the root key to a stick',
    lines: ['muster trust export-root /media/stick/root.key.json --remove'],
  },
  'trust sign': { wish: 'Add your root signature to a change', lines: ['muster trust sign change.json'] },
  'trust submit': {
    wish: 'Put a change that two root keys must sign in force',
    lines: [
      'muster trust add-signer carl --out change.json',
      'muster trust sign change.json',
      'muster trust submit change.json',
    ],
  },
  run: {
    wish: 'Restart a service on all Debian machines, and upgrade a package in growing shares',
    lines: [
      `muster run service.restart name=nginx --on 'os.family == "debian"' --reason 'new certificate'`,
      `muster run package.upgrade names=openssl --on 'label("env") == "prod"' --batches 1,10,100`,
      'muster run script.run content=clean.sh days=7 --device web-01 --dry-run',
    ],
  },
  kinds: {
    wish: 'See what can be ordered, and what a kind takes',
    lines: ['muster kinds', 'muster kinds service.restart'],
  },
  facts: {
    wish: 'See what the expression of --on may name, and what a device says for it',
    lines: [
      'muster facts',
      'muster facts web-01',
      `muster run inventory.refresh --on 'os.family == "debian"'`,
    ],
  },
  approve: {
    wish: 'Sign what somebody else has ordered',
    lines: ['muster approve cmd_aaaaaaaaaaaaaaaaaaaaaaaaaa'],
  },
  jobs: { wish: 'See what runs now', lines: ['muster jobs --state running'] },
  job: {
    wish: 'Watch a job, read what a device wrote, and see where it failed',
    lines: [
      'muster job cmd_aaaaaaaaaaaaaaaaaaaaaaaaaa --follow',
      'muster job cmd_aaaaaaaaaaaaaaaaaaaaaaaaaa --output web-01',
      'muster job cmd_aaaaaaaaaaaaaaaaaaaaaaaaaa --runs failed',
      'muster job cmd_aaaaaaaaaaaaaaaaaaaaaaaaaa --fetched web-01 --to error.log',
    ],
  },
  cancel: {
    wish: 'Stop a job',
    lines: ["muster cancel cmd_aaaaaaaaaaaaaaaaaaaaaaaaaa --reason 'wrong service'"],
  },
  continue: {
    wish: 'Go on with a job that was held',
    lines: ['muster continue cmd_aaaaaaaaaaaaaaaaaaaaaaaaaa'],
  },
  content: {
    wish: 'Add a script, have it signed by somebody else, and run it',
    lines: [
      'muster content add clean.sh --param days:integer:required',
      'muster content approve clean.sh',
      'muster run script.run content=clean.sh days=7 --device web-01',
    ],
  },
  'content add': {
    wish: 'Add a script with a parameter, and a file with its place',
    lines: [
      'muster content add clean.sh --param days:integer:required --run-as www-data',
      'muster content add slow.sh --timeout 2h --ok-exit 0,3',
      'muster content add motd --place /etc/motd --mode 0644 --owner root --group root',
    ],
  },
  'content list': { wish: 'See which scripts and files there are', lines: ['muster content list'] },
  'content show': { wish: 'Read a script before it is run', lines: ['muster content show clean.sh --body'] },
  'content approve': { wish: 'Sign a script of somebody else', lines: ['muster content approve clean.sh'] },
  halt: {
    wish: 'Stop everything, at once',
    lines: [
      "muster halt --all --reason 'something is wrong'",
      "muster halt --kind package.* --for 8h --reason 'broken mirror'",
    ],
  },
  halts: { wish: 'See what is halted', lines: ['muster halts'] },
  lift: {
    wish: 'End a halt, which takes two persons in hardened mode',
    lines: [
      'muster lift hlt_aaaaaaaaaaaaaaaaaaaaaaaaaa --out lift.json',
      'muster lift hlt_aaaaaaaaaaaaaaaaaaaaaaaaaa --with lift.json',
    ],
  },
  alerts: {
    wish: 'See what is wrong now and what nobody has, and say that you look after it',
    lines: [
      'muster alerts --unacknowledged',
      "muster alerts acknowledge 4711 --comment 'a new disk is on its way'",
    ],
  },
  'alerts acknowledge': {
    wish: 'Say that you look after two alerts',
    lines: ["muster alerts acknowledge 4711 4712 --comment 'a new disk is on its way'"],
  },
  'alerts give-back': {
    wish: 'Let somebody else have it',
    lines: ['muster alerts give-back 4711'],
  },
  'alerts rules': { wish: 'See whether anybody is told of alerts', lines: ['muster alerts rules'] },
  compliance: {
    wish: 'See what complies, where a rule does not hold, and how it was',
    lines: [
      'muster compliance',
      'muster compliance ssh-baseline no-root --state drifted',
      'muster compliance --device web-01',
      'muster compliance --at 2026-11-03',
    ],
  },
  export: {
    wish: 'Write the policies in force as files',
    lines: ['muster export --to policies'],
  },
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
