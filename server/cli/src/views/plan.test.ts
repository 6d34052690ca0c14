// Proves that whoever signs a plan has seen every line that devices will run by it.
import { checkPolicy, type Policy } from '@muster/protocol/policy';
import t from 'tap';
import type { MadePlan } from '../policy/draft-plan.ts';
import { drawPlan } from './plan.ts';

const canvas = { columns: 80, color: false, unicode: true, hyperlinks: false };
const script = { name: 'a', check: 'test -e /srv/a\n', fix: 'set -e\nmkdir /srv/a\n' };

function make(wanted: object): Policy {
  const rules = [{ id: 'folder', title: 'A folder is there', script: wanted }];
  const checked = checkPolicy({ policy: 'base', title: 'T', owner: 'me', rules });
  if ('policy' in checked) return checked.policy;
  throw new Error(JSON.stringify(checked.faults));
}

function draw(before: Policy | null, after: Policy): string {
  const change = { name: 'base', change: before === null ? 'added' : 'changed' };
  const made = {
    plan: { digest: 'D', isEmpty: false, unchanged: [], changes: [change] },
    view: { at: '2026-01-01T00:00:00.000Z', devices: 0, touched: 0, effects: [], effectCount: 0 },
    inForce: {
      base: '',
      isVoid: false,
      members: before === null ? [] : [{ name: 'base', opened: { policy: before } }],
    },
    wanted: [{ policy: after }],
  };
  return drawPlan(made as unknown as MadePlan, canvas as never);
}

t.test('programs of a policy that is new are shown line by line', async (t) => {
  const drawn = draw(null, make(script));
  t.match(
    drawn,
    /folder: check, run by \/bin\/sh\n +test -e \/srv\/a\n +folder: fix, run by \/bin\/sh\n +set -e\n +mkdir \/srv\/a\n/,
  );
  t.notMatch(draw(null, make({ name: 'a', check: 'true' })), /fix/);
});

t.test('of a policy that is changed the lines that differ', async (t) => {
  const drawn = draw(make(script), make({ ...script, fix: 'set -e\nmkdir -m 700 /srv/a\n' }));
  t.match(drawn, /- +mkdir \/srv\/a\n +\+ +mkdir -m 700 \/srv\/a/);
  t.match(draw(make(script), make({ ...script, interpreter: '/bin/bash' })), /\+ +interpreter: \/bin\/bash/);
});
