// Lets go of connections that a worker was being handed when it died.
//
// node:cluster (Node 20, lib/internal/cluster/round_robin_handle.js) accepts in the supervisor, hands the connection over and closes its own
// copy when the worker has answered. A worker that dies before leaves that copy open for ever, so its client waits for ever; and while a
// handle is under way the channel never tells its end ('disconnect'), by which the dead worker would be forgotten.
import cluster, { type Worker } from 'node:cluster';

/** A connection as the supervisor holds it; closing it twice does nothing. */
interface Handle {
  close(): void;
}

/** Watches what is handed to a worker; once its process has ended and its channel is read to the end, whatever it had not taken is closed. */
export function watchHandoffs(worker: Worker): void {
  const underWay = new Map<number, Handle>();
  const { process: child } = worker;
  const send = child.send;
  child.send = (...args: readonly unknown[]): boolean => {
    const [message, handle] = args;
    const number = readNumber(message, 'seq');
    if (number !== undefined && isHandle(handle)) underWay.set(number, handle);
    return Reflect.apply(send, child, args);
  };
  child.on('internalMessage', (message: unknown) => {
    const number = readNumber(message, 'ack');
    if (number !== undefined) underWay.delete(number);
  });
  child.once('close', () => {
    for (const handle of underWay.values()) handle.close();
    if (cluster.workers?.[worker.id] === worker) child.emit('disconnect');
  });
}

/** The number of a message of node:cluster's own, or of the answer to one. */
function readNumber(message: unknown, field: 'seq' | 'ack'): number | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { cmd, [field]: number }: { cmd?: unknown; seq?: unknown; ack?: unknown } = message;
  return cmd === 'NODE_CLUSTER' && typeof number === 'number' ? number : undefined;
}

function isHandle(handle: unknown): handle is Handle {
  return (
    typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function'
  );
}
