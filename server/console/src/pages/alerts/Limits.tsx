// The limits that agents judge by, as they come with them.
import { Code, Stack, Table, Text } from '@mantine/core';
import { defaultRules, type ThresholdRule } from '@muster/protocol';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { Status } from '../../parts/Status.tsx';
import { unitOf } from '../device/alert-unit.ts';
import { text } from './text.ts';

export function Limits() {
  const say = useText(text);
  return (
    <Stack gap="xs">
      <Text size="sm" maw={780}>
        {say('limitsWhy')}
      </Text>
      <ShortTable
        label={say('limits')}
        minWidthPx={640}
        heads={[say('rule'), say('series'), say('limit'), say('clearsAt'), say('lasts'), say('severity')]}
      >
        {defaultRules.map((rule) => (
          <Line key={rule.name} rule={rule} />
        ))}
      </ShortTable>
    </Stack>
  );
}

function Line({ rule }: { readonly rule: ThresholdRule }) {
  const say = useText(text);
  const format = useFormat();
  const measure = (value: number) => format.measure(value, unitOf(rule.metric));
  const isCritical = rule.severity === 'critical';
  return (
    <Table.Tr>
      <Table.Td>{rule.name}</Table.Td>
      <Table.Td>
        <Code>{rule.metric}</Code>
      </Table.Td>
      <Table.Td>
        {say(rule.bad, { value: measure(rule.threshold) })}
        {rule.perProcessor === true && ` ${say('perProcessor')}`}
      </Table.Td>
      <Table.Td>{measure(rule.clearAt)}</Table.Td>
      <Table.Td>{format.span(rule.forMs)}</Table.Td>
      <Table.Td>
        <Status tone={isCritical ? 'bad' : 'warn'} word={say(rule.severity)} />
      </Table.Td>
    </Table.Tr>
  );
}
