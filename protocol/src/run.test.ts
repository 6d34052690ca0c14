// Tests that the state table of a run is complete, reachable, closed, and drawn in the documentation.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { canMove, isFinal, type RunState, runMoves, runStates } from './run.ts';

const states: readonly RunState[] = Object.keys(runStates).filter(
  (name): name is RunState => name in runStates,
);

function listNext(from: RunState): RunState[] {
  return runMoves.filter((move) => move.from === from).map((move) => move.to);
}

/** States that can be met from `start` by legal moves, `start` included. */
function findReachable(start: RunState): Set<RunState> {
  const reached = new Set([start]);
  for (const state of reached) for (const next of listNext(state)) reached.add(next);
  return reached;
}

t.test('the states are those of the protocol, each with its own byte', async (t) => {
  t.same(states.toSorted(), [
    'accepted',
    'canceled',
    'deferred',
    'expired',
    'failed',
    'interrupted',
    'offered',
    'quarantined',
    'queued',
    'refused',
    'running',
    'succeeded',
    'unknown',
    'waiting-person',
  ]);
  const codes = states.map((state) => runStates[state].code);
  t.equal(new Set(codes).size, states.length);
  t.ok(codes.every((code) => Number.isInteger(code) && code >= 0 && code <= 255));
  for (const state of states) t.match(runStates[state].description, /^[A-Z].*\.$/);
});

t.test('each move stands once, has a reason, and canMove answers for every pair', async (t) => {
  const pairs = runMoves.map(({ from, to }) => `${from}>${to}`);
  t.equal(new Set(pairs).size, pairs.length, 'no pair twice');
  for (const move of runMoves) t.match(move.why, /^\S.*\.$/);
  const allowed = states.flatMap((from) =>
    states.filter((to) => canMove(from, to)).map((to) => `${from}>${to}`),
  );
  t.same(allowed.toSorted(), pairs.toSorted());
  for (const state of states) t.notOk(canMove(state, state), `${state}: a repeated report is no move`);
});

t.test('every state is reached from queued, and every state leads to an end', async (t) => {
  t.same(findReachable('queued'), new Set(states));
  for (const state of states) {
    t.ok([...findReachable(state)].some(isFinal), `${state} has a way to an end`);
    if (!isFinal(state)) t.not(listNext(state).length, 0);
  }
});

t.test('final states have no exit, but unknown is amended by what the device reports', async (t) => {
  for (const state of states.filter((name) => isFinal(name) && name !== 'unknown'))
    t.same(listNext(state), []);
  const amended = listNext('unknown');
  t.ok(amended.every((state) => isFinal(state) && state !== 'unknown'));
  t.same(
    amended.toSorted(),
    states.filter((state) => isFinal(state) && state !== 'unknown').toSorted(),
    'whatever the device has to report can be recorded',
  );
});

t.test('once offered, only the agent says what became of a run', async (t) => {
  for (const { from, to, by } of runMoves) {
    if (from === 'queued') t.equal(by, 'server');
    else t.equal(by, to === 'unknown' ? 'server' : 'agent', `${from} to ${to}`);
  }
  const before: readonly RunState[] = ['queued', 'offered', 'accepted', 'deferred'];
  for (const to of ['expired', 'refused'] as const) {
    for (const from of states.filter((state) => canMove(state, to) && state !== 'unknown')) {
      t.ok(before.includes(from), `${to} says it never ran, so it is not reached from ${from}`);
    }
  }
  t.same(
    states.filter((state) => canMove(state, 'running')),
    ['accepted', 'deferred', 'interrupted', 'waiting-person'],
    'nothing starts that the journal does not hold',
  );
});

t.test('random walks end, and stay where they end', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 60, maxLength: 60 }), (picks) => {
      let state: RunState = 'queued';
      let ends = 0;
      for (const pick of picks) {
        const next = listNext(state);
        const chosen = next[pick % Math.max(1, next.length)];
        if (chosen === undefined) break;
        if (isFinal(chosen)) ends += 1;
        state = chosen;
      }
      return ends <= 2;
    }),
  );
  t.pass('no walk leaves more than one end behind it');
});

t.test('the drawing in the documentation shows exactly these states and moves', async (t) => {
  const page = readFileSync(new URL('../../docs/architecture/delivery.md', import.meta.url), 'utf8');
  const named = (name: string | undefined) => (name === 'waiting_person' ? 'waiting-person' : name);
  const drawn = [...page.matchAll(/^ {2}(\w+) --> (\w+)(?:: (\w+))?$/gm)].map(([, from, to, by]) => [
    named(from),
    named(to),
    by,
  ]);
  t.same(drawn.toSorted(), runMoves.map(({ from, to, by }) => [from, to, by]).toSorted(), 'arrows');
  const listed = [...page.matchAll(/^\| `([\w-]+)` \| (\d+) \| (open|end) \| (.+) \|$/gm)].map(
    ([, ...cells]) => cells,
  );
  t.same(
    listed,
    states.map((state) => {
      const { code, final, description } = runStates[state];
      return [state, `${code}`, final ? 'end' : 'open', description];
    }),
    'states',
  );
});
