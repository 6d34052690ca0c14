// Proves that a gateway that has ended brings no device back: what it had begun in the database ends before its devices are marked.
import t from 'tap';
import { systemClock } from '../../core/clock.ts';
import { nameSessions } from '../../core/db/fence.ts';
import { createPool, type RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { until } from '../../core/testing/until.ts';
import { addDevices, createTenants } from '../inventory/testing/fleet.ts';
import { createDirectory } from './index.ts';
import { updateEpochs, updatePresence } from './store.ts';

/** A bus of which somebody may be said to be gone. */
function createBus(members: string[]) {
  const listeners: ((id: string) => void)[] = [];
  return {
    ...{ id: 'controller', members: () => members },
    watch(events: { gone(id: string): void }) {
      listeners.push(events.gone);
      return () => undefined;
    },
    kill(id: string) {
      members.splice(members.indexOf(id), 1);
      for (const gone of listeners) gone(id);
    },
  };
}

/** Keeps all devices from being written, as a statement that takes long does; the returned function ends that. */
async function holdDevices(sql: RawSql): Promise<() => Promise<void>> {
  let begin: () => void = () => undefined;
  let end: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const held = inTransaction(sql, async (tx) => {
    await tx`SELECT 1 FROM device FOR UPDATE`;
    begin();
    await ended;
  });
  await begun;
  return () => {
    end();
    return held;
  };
}

for (const when of ['while there is a controller', 'before the controller begins'] as const) {
  t.test(`what a gateway had under way when it ended, ${when}, brings no device back`, async (t) => {
    const { sql, address } = await openTestDatabase(t, { max: 4 });
    await createTenants(sql, [1]);
    await addDevices(sql, 1, 2);
    // Processes are their sessions here: one that has ended repeats nothing.
    const open = (gateway: string) => {
      const pool = createPool({ address, name: nameSessions(gateway), max: 4 });
      t.teardown(() => pool.close(1_000));
      return pool.sql;
    };
    const [gone, other] = [open('gone'), open('other')];
    const names = { presentedEpoch: 0, bootId: 'b', agentVersion: '1', clockOffsetMs: 0, capability: 2 };
    const session = { ...names, tenant: 1, epoch: 1, deviceId: '', sessionId: '' };
    await updateEpochs(gone, [{ ...session, idx: 0, gateway: 'gone' }]);
    await updateEpochs(other, [{ ...session, idx: 1, gateway: 'other' }]);
    const confirm = (one: RawSql, idx: number) =>
      updatePresence(one, [{ tenant: 1, idx, epoch: 1, seen: 1, online: true, at: new Date() }]);
    const isWaiting = async () => {
      const rows = await sql`SELECT 1 FROM pg_stat_activity
        WHERE application_name = ${nameSessions('gone')} AND wait_event_type = 'Lock' AND datname = current_database()`;
      return rows.length === 1;
    };

    const isBefore = when === 'before the controller begins';
    const bus = createBus(isBefore ? ['other'] : ['gone', 'other']);
    const directory = createDirectory({
      ...{ sql: open('controller'), clock: systemClock, log: silentLog },
      changed: () => undefined,
    });
    t.teardown(() => directory.stop());
    if (!isBefore) await directory.start(bus);
    const release = await holdDevices(sql);
    const ending = t.rejects(confirm(gone, 0), 'it is ended with its session');
    const going = confirm(other, 1);
    await until('it waits for the row', isWaiting);
    if (isBefore) await directory.start(bus);
    else bus.kill('gone');
    await until('it has ended', async () => !(await isWaiting()));
    await release();
    await Promise.all([ending, going]);
    t.same(
      await sql`SELECT idx FROM device WHERE online`,
      [{ idx: 1 }],
      'and that of another gateway is not',
    );
  });
}
