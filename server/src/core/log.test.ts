// Proves that no secret reaches the log, whatever field or error carries it.
import { PassThrough } from 'node:stream';
import { fail } from '@muster/protocol';
import t from 'tap';
import { createLogger } from './log.ts';

/** Looks like every secret there is; nowhere else in the code. */
const CANARY = 'canary-3f9c1d';

/** What the log wrote of one line. */
function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const destination = new PassThrough();
  write(createLogger({ level: 'trace', destination }));
  return destination.read()?.toString() ?? '';
}

t.test('fields that carry secrets are cut, at the top and one level down', async (t) => {
  for (const field of [
    'password',
    'token',
    'secret',
    'seed',
    'authorization',
    'cookie',
    'key',
    'databaseUrl',
  ]) {
    for (const fields of [{ [field]: CANARY }, { request: { [field]: CANARY } }]) {
      const line = logged((log) => log.info(fields, 'a line'));
      t.notMatch(line, CANARY, JSON.stringify(Object.keys(fields)));
      t.match(line, '[redacted]');
    }
  }
});

t.test('errors are told field by field: what a driver hangs onto them stays out', async (t) => {
  const driver = Object.assign(new Error('duplicate key'), {
    code: '23505',
    query: `SELECT '${CANARY}'`,
    parameters: [CANARY],
    detail: CANARY,
  });
  const wrapped = fail('E_UNAVAILABLE', { cause: driver });
  const drizzle = new Error(`Failed query: SELECT 1\nparams: ${CANARY}`, { cause: driver });
  for (const err of [driver, wrapped, drizzle]) {
    const line = logged((log) => log.error({ err }, 'a failure'));
    t.notMatch(line, CANARY);
    t.match(line, '23505', 'the code is there');
  }
  t.notMatch(
    logged((log) => log.error({ err: CANARY }, 'thrown text')),
    CANARY,
  );
});
