// The examples of what has to do with policies.
import type { Example } from './example.ts';

/** By command. */
export const policyExamples: Readonly<Record<string, Example>> = {
  policy: {
    wish: 'Check the policies of a folder, and see what they would want of a device',
    lines: ['muster policy check policies', 'muster policy resolve policies --device web-01'],
  },
  'policy check': {
    wish: 'See what is wrong with the policies of a folder',
    lines: ['muster policy check policies'],
  },
  'policy resolve': {
    wish: 'See what the policies of a folder would want of a device now',
    lines: ['muster policy resolve policies --device web-01'],
  },
  'policy why': {
    wish: 'See which rule decides about a setting, and why another does not',
    lines: ['muster policy why web-01 ssh.PermitRootLogin policies'],
  },
  'policy windows': {
    wish: 'See when repairs of the policies of a folder may start in the Christmas week',
    lines: ['muster policy windows policies --from 2026-12-21 --count 5'],
  },
  'policy exceptions': {
    wish: 'See which exceptions end within the next month, and who answers for them',
    lines: ['muster policy exceptions --soon 30d'],
  },
  'policy rollout': {
    wish: 'See how far the newest policies have gone out, and let them go on',
    lines: ['muster policy rollout', 'muster policy rollout resume'],
  },
  'policy rollout hold': {
    wish: 'Let no further device be told the newest policies',
    lines: ['muster policy rollout hold'],
  },
  'policy rollout resume': {
    wish: 'Let a held rollout go on though some devices are in trouble',
    lines: ['muster policy rollout resume'],
  },
  'policy rollout next': {
    wish: 'Tell the next wave now',
    lines: ['muster policy rollout next'],
  },
  'policy rollout finish': {
    wish: 'Tell all devices the newest policies now',
    lines: ['muster policy rollout finish'],
  },
  'policy schema': {
    wish: 'Let an editor complete policies and mark their faults',
    lines: ['muster policy schema > policy.schema.json'],
  },
  'policy list': { wish: 'See which policies are in force', lines: ['muster policy list'] },
  'policy held': {
    wish: 'See which policies a device holds, and why not those in force',
    lines: ['muster policy held web-01'],
  },
  'policy show': {
    wish: 'See what a policy says, and what it said in version 2',
    lines: ['muster policy show ssh-baseline', 'muster policy show ssh-baseline 2'],
  },
  'policy history': {
    wish: 'See who changed a policy when',
    lines: ['muster policy history ssh-baseline'],
  },
  'policy diff': {
    wish: 'See what changed since version 2',
    lines: ['muster policy diff ssh-baseline 2'],
  },
  'policy rollback': {
    wish: 'Let a policy say again what it said in version 2',
    lines: ['muster policy rollback ssh-baseline --to 2'],
  },
  plan: {
    wish: 'See what would change if the files of a folder were the policies in force',
    lines: ['muster plan -f policies', 'muster plan -f policies --check --json'],
  },
  apply: {
    wish: 'Put the policies of a folder in force, and nothing else',
    lines: [
      'muster apply -f policies',
      `muster apply -f policies --waves 1,10,100 --soak 1h --first 'label("ring") == "canary"'`,
      'muster apply -f policies --out plan.json',
      'muster apply --with plan.json',
    ],
  },
};
