// Who has an alert, in a row: a button that takes what nobody has, and shows what somebody has.
import { Button, Group, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { splitAddress } from '../../parts/PageLink.tsx';
import { showFailure } from '../../parts/show-failure.tsx';
import { When } from '../../parts/When.tsx';
import { type Alert, useAcknowledging, wordsOf } from './acknowledge.tsx';
import { text } from './text-acknowledge.ts';

export function Holder({ alert }: { readonly alert: Alert }) {
  const say = useText(text);
  const may = useMay()('alerts.acknowledge');
  const navigate = useNavigate();
  const { acknowledge } = useAcknowledging();
  const { id, state, acknowledged } = alert;
  const name = say('alert', wordsOf(alert));
  if (acknowledged === null && (state === 'cleared' || !may))
    return (
      <Text span size="sm" c="dimmed">
        {say('nobody')}
      </Text>
    );
  const who = acknowledged === null ? '' : acknowledged.isYours ? say('you') : acknowledged.by;
  // One button, whoever has it: the focus stays where it is when it is pressed.
  return (
    <Group gap={6} wrap="nowrap">
      <Button
        size="compact-xs"
        variant={acknowledged === null ? 'default' : 'subtle'}
        aria-label={
          acknowledged === null ? say('acknowledgeName', { name }) : say('holderName', { who, name })
        }
        onClick={() => {
          if (acknowledged === null) void acknowledge([id]).catch(showFailure);
          else void navigate(splitAddress(`/alerts?alert=${id}`));
        }}
      >
        {acknowledged === null ? say('acknowledge') : who}
      </Button>
      {acknowledged !== null && (
        <Text span size="xs" c="dimmed" visibleFrom="sm">
          <When at={acknowledged.at} />
        </Text>
      )}
    </Group>
  );
}
