// `muster device`: everything worth knowing about one device on one page; `muster label` changes its labels.
import { isMusterError } from '@muster/protocol';
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { findDevice } from '../api/find-device.ts';
import { readRange } from '../api/metric-windows.ts';
import type { LatestValues } from '../api/types.ts';
import { parseCount, parseLabelChanges } from '../input/words.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawDevice, historyMetrics } from '../views/device.ts';
import { formatLabels } from '../views/device-list.ts';
import { reading } from './options.ts';

const HOUR_MS = 3_600_000;
const USUAL_HOURS = 6;
/** As far back as measurements are kept, hours. */
const MAX_HOURS = 400 * 24;
/** Alerts of one device that are shown. */
const SHOWN_ALERTS = 50;

interface DeviceOptions {
  readonly hours?: number;
}

/** Registers `device`. */
export function registerDevice(program: Command, terminal: Terminal): void {
  program
    .command('device')
    .summary('show one device: facts, measurements, open alerts')
    .description(
      'Shows the facts of a device, its latest heartbeat, the course of the last hours, and open alerts.',
    )
    .argument('<device>', 'host name or id; the beginning of an id is enough')
    .addOption(
      new Option(
        '--hours <count>',
        `how far back the small charts reach (default: ${USUAL_HOURS})`,
      ).argParser(reading((text) => parseCount(text, { min: 1, max: MAX_HOURS }))),
    )
    .action((name: string, options: DeviceOptions, command: Command) =>
      withSession(terminal, command, (session) => show(session, name, options.hours ?? USUAL_HOURS)),
    );
}

async function show(session: Session, name: string, hours: number): Promise<void> {
  const { api, terminal } = session;
  const nowMs = terminal.now();
  const device = await findDevice(api, name);
  const [latest, history, alerts] = await Promise.all([
    readLatest(session, device.id),
    readRange(api, {
      id: device.id,
      series: historyMetrics,
      fromMs: nowMs - hours * HOUR_MS,
      toMs: nowMs,
      stepMs: null,
      fresh: true,
    }),
    take(
      api.http.GET('/api/v1/alerts', {
        params: { query: { device: device.id, state: 'open', limit: SHOWN_ALERTS } },
      }),
    ),
  ]);
  session.print({ device, latest, history, alerts }, (canvas) =>
    drawDevice({ device, latest, history, alerts: alerts.items }, { nowMs, hours }, canvas),
  );
}

/** The latest heartbeat; null when there was none since the server started. */
async function readLatest({ api }: Session, id: string): Promise<LatestValues | null> {
  try {
    return await take(api.http.GET('/api/v1/devices/{id}/metrics/latest', { params: { path: { id } } }));
  } catch (error) {
    if (isMusterError(error) && error.code === 'E_NOT_FOUND') return null;
    throw error;
  }
}

/** Registers `label`. */
export function registerLabel(program: Command, terminal: Terminal): void {
  program
    .command('label')
    .summary('set or remove labels of a device')
    .description('Sets labels (key=value) and removes them (key-). Without any it shows them.')
    .argument('<device>', 'host name or id; the beginning of an id is enough')
    .argument('[changes...]', 'key=value to set, key- to remove')
    .action(function label(this: Command, name: string, words: string[]) {
      const labels = parseLabelChanges(words);
      return withSession(terminal, this, async (session) => {
        const before = await findDevice(session.api, name);
        const device =
          words.length === 0
            ? before
            : await take(
                session.api.http.PATCH('/api/v1/devices/{id}', {
                  params: { path: { id: before.id } },
                  body: { labels },
                }),
              );
        session.print(device, () => formatLabels(device.labels));
        if (Object.keys(device.labels).length === 0) session.note(`${device.hostname} has no labels.`);
      });
    });
}
