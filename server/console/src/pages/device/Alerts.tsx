// Alerts of a device: which limit was crossed, since when, and the way to the chart of that time.
import { Table } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { useFormat } from '../../parts/format.ts';
import { Loaded } from '../../parts/Loaded.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { Status } from '../../parts/Status.tsx';
import { When } from '../../parts/When.tsx';
import { Holder } from '../alerts/Holder.tsx';
import { text as holderText } from '../alerts/text-acknowledge.ts';
import { unitOf } from './alert-unit.ts';
import { DeviceLink } from './DeviceLink.tsx';
import { useAlerts } from './data.ts';
import { text } from './text-work.ts';
import type { Device, DeviceAlert } from './types.ts';

/** What is shown of the chart around an alert, ms. */
const AROUND_MS = 30 * 60_000;

export function Alerts({ device }: { readonly device: Device }) {
  const say = useText(text);
  const alerts = useAlerts(device.id);
  const none = <Empty title={say('noAlerts')} why={say('noAlertsWhy')} docs="architecture/sampler" />;
  return (
    <Loaded query={alerts} failed={say('alertsFailed')} heightPx={180}>
      {(found) => (found.length === 0 ? none : <AlertLines alerts={found} />)}
    </Loaded>
  );
}

export function AlertLines({ alerts }: { readonly alerts: readonly DeviceAlert[] }) {
  const say = useText(text);
  const sayHolder = useText(holderText);
  return (
    <ShortTable
      label={say('alertsLabel')}
      minWidthPx={760}
      heads={[
        say('severity'),
        sayHolder('holder'),
        say('rule'),
        say('series'),
        { word: say('value'), isNumeric: true },
        { word: say('threshold'), isNumeric: true },
        say('since'),
        say('clearedAt'),
      ]}
    >
      {alerts.map((alert) => (
        <AlertLine key={alert.id} alert={alert} />
      ))}
    </ShortTable>
  );
}

function AlertLine({ alert }: { readonly alert: DeviceAlert }) {
  const say = useText(text);
  const format = useFormat();
  const unit = unitOf(alert.series);
  const isOpen = alert.state === 'open';
  const tone = isOpen ? (alert.severity === 'critical' ? 'bad' : 'warn') : 'idle';
  const from = Date.parse(alert.since) - AROUND_MS;
  const to = Math.min(Date.parse(alert.clearedAt ?? new Date().toISOString()) + AROUND_MS, Date.now());
  return (
    <Table.Tr>
      <Table.Td>
        <Status tone={tone} word={`${say(alert.severity)}, ${say(alert.state)}`} />
      </Table.Td>
      <Table.Td>
        <Holder alert={alert} />
      </Table.Td>
      <Table.Td>{alert.rule}</Table.Td>
      <Table.Td>
        <DeviceLink search={{ tab: 'charts', from, to }} title={say('seeChart')}>
          {alert.series}
        </DeviceLink>
      </Table.Td>
      <Table.Td ta="right">{format.measure(alert.value, unit)}</Table.Td>
      <Table.Td ta="right">{format.measure(alert.threshold, unit)}</Table.Td>
      <Table.Td>
        <When at={alert.since} />
      </Table.Td>
      <Table.Td>{alert.clearedAt === null ? say('open') : <When at={alert.clearedAt} />}</Table.Td>
    </Table.Tr>
  );
}
