// Proves what `muster policy held` and the head of `muster policy list` say of what devices hold.
import t from 'tap';
import { describeHeld, describeStandings } from './policy-held.ts';

const at = '2026-11-22T12:00:00.000Z';
const held = { epoch: 1, version: 4, digest: 'D'.repeat(43), policies: 12, unsigned: 0 };

t.test('what a device holds, and why not more', async (t) => {
  const say = (change: object) =>
    describeHeld('web-01', { ...{ held, isCurrent: true, code: null, at }, ...change });
  t.match(say({}), [
    /^web-01 holds set 4 of epoch 1, 12 policies: the set in force; it said so at 2026-11-2/,
  ]);
  t.match(say({ held: null, isCurrent: false, at: null }), [/^web-01 has not said yet/]);
  t.match(say({ held: { ...held, policies: 1, unsigned: 1 } }), [
    /1 policy: the set in force/,
    /^1 of them says nothing there: .* has signed it\. muster apply signs them anew\.$/,
  ]);
  const refused = (code: string) => say({ isCurrent: false, code }).at(-1) ?? '';
  t.match(say({ isCurrent: false, code: 'E_ROLLBACK' })[0], /, which is not the set in force; it said so at/);
  t.match(
    say({ held: null, isCurrent: false, code: 'E_NOKEY' })[0],
    /^web-01 holds no set of policies; it said/,
  );
  for (const [code, what] of [
    ['E_WITHHELD', /did not give it every revision.*muster policy list/],
    ['E_ROLLBACK', /older set than it has seen.*raise the policy epoch/],
    ['E_NOKEY', /may not sign.*muster apply/],
    ['E_LIMIT', /16 MiB/],
    ['E_DISK_FULL', /no room on its disk/],
    ['E_SIG', /not what people signed/],
    ['E_NOVEL', /the log of its agent says more/],
  ] as const)
    t.match(refused(code), what);
});

t.test('how many devices hold the set', async (t) => {
  const none = { current: 0, behind: 0, none: 0, refused: 0 };
  t.equal(describeStandings(none), '');
  t.match(describeStandings(null), /cannot be counted/);
  t.equal(describeStandings({ ...none, current: 1 }), '1 of 1 device holds it.');
  t.equal(
    describeStandings({ current: 4_210, behind: 90, none: 10, refused: 2 }),
    '4,210 of 4,312 devices hold it; 90 hold an older one, 2 refuse it.',
  );
  t.equal(
    describeStandings({ ...none, behind: 1, refused: 1 }),
    '0 of 2 devices hold it; 1 holds an older one, 1 refuses it.',
  );
});
