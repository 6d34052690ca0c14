// Proves that an agent which does not stop fails the test file that started it, and says what it did last.
import t from 'tap';
import { stopAgent } from './agent.ts';
import { startNode } from './processes.ts';
import { until } from './wait.ts';

t.test('an agent that does not stop is killed, and the file fails with its last lines', async (t) => {
  const says = "for (let line = 1; line <= 30; line++) console.log('line', line, 'of it');";
  const stays = startNode(t, [
    '-e',
    `process.on('SIGTERM', () => {}); ${says} setInterval(() => {}, 1_000);`,
  ]);
  await until('it has said all', () => stays.output().includes('line 30 of it\n'));
  const written = t.capture(process.stderr, 'write', () => true);
  const before = process.exitCode;
  t.teardown(() => {
    process.exitCode = before;
  });
  await stopAgent(stays, 1);
  t.equal(await stays.ended, 'SIGKILL');
  t.equal(process.exitCode, 1);
  const text = written.args().flat().join('');
  t.match(
    text,
    new RegExp(`^The agent of process ${stays.pid} was told to stop and did not: .*\\nline 11 of it\\n`),
  );
  t.match(text, /line 30 of it\n$/);
});

t.test('one that stops, or has ended before, fails nothing', async (t) => {
  const stops = startNode(t, [
    '-e',
    "process.on('SIGTERM', () => process.exit(0)); console.log('up'); setInterval(() => {}, 1_000);",
  ]);
  await until('it is there', () => stops.output().includes('up'));
  const written = t.capture(process.stderr, 'write', () => true);
  await stopAgent(stops);
  t.equal(await stops.ended, 0);
  await stopAgent(stops);
  t.same([written.args(), process.exitCode], [[], undefined]);
});
