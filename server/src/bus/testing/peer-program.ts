// A member of the bus in a process of its own: joins, and does what the suite tells it over its channel.
import { systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import { createClusterBus } from '../cluster.ts';
import { TEST_LIMIT_BYTES } from './house.ts';
import { createPuppet, type Order } from './peer.ts';

const bus = await createClusterBus({
  channel: process,
  clock: systemClock,
  log: silentLog,
  limitBytes: TEST_LIMIT_BYTES,
});
const tell = createPuppet(bus);

process.on('message', (message: { order?: Order; number?: number }) => {
  const { order, number } = message;
  if (order === undefined) return;
  tell(order).then(
    (answer) => process.send?.({ answered: number, answer }),
    (error: unknown) => process.send?.({ answered: number, failed: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.('here');
