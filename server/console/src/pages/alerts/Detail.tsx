// One alert at the side of the list: what it says, who has it, and the form by which one takes it or gives it back.
import { Blockquote, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Fragment, type ReactNode, useRef, useState } from 'react';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { useFormat } from '../../parts/format.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { SendForm } from '../../parts/SendForm.tsx';
import { Status } from '../../parts/Status.tsx';
import { When } from '../../parts/When.tsx';
import { unitOf } from '../device/alert-unit.ts';
import { type Alert, alertQuery, useAcknowledging, wordsOf } from './acknowledge.tsx';
import { text as listText } from './text.ts';
import { text } from './text-acknowledge.ts';

/** What is shown of the chart around an alert, ms. */
const AROUND_MS = 30 * 60_000;
/** As the server takes it. */
const MAX_COMMENT_CHARS = 200;

interface Props {
  /** Absent: nothing is shown. */
  readonly id: number | undefined;
  readonly onClose: () => void;
}

export function Detail({ id, onClose }: Props) {
  const say = useText(text);
  const sayList = useText(listText);
  // While it slides away it still shows what it did.
  const last = useRef(id);
  last.current = id ?? last.current;
  const alert = useQuery({ ...alertQuery(last.current ?? 0), enabled: id !== undefined });
  const title = alert.data === undefined ? sayList('title') : say('alert', wordsOf(alert.data));
  return (
    <Dialog opened={id !== undefined} onClose={onClose} isSide title={title}>
      {alert.isError && (
        <Problem error={alert.error} what={say('loadFailed')} retry={() => void alert.refetch()} />
      )}
      {alert.isPending && <Skeleton h={220} />}
      {alert.data !== undefined && (
        <Stack>
          <Facts alert={alert.data} />
          <Whose alert={alert.data} onClose={onClose} />
        </Stack>
      )}
    </Dialog>
  );
}

function Facts({ alert }: { readonly alert: Alert }) {
  const say = useText(text);
  const sayList = useText(listText);
  const format = useFormat();
  const { severity, state, deviceId, hostname, series, value, threshold, since, clearedAt } = alert;
  const unit = unitOf(series);
  const tone = state === 'cleared' ? 'idle' : severity === 'critical' ? 'bad' : 'warn';
  const from = Date.parse(since) - AROUND_MS;
  const to = (clearedAt === null ? Date.now() : Date.parse(clearedAt)) + AROUND_MS;
  const lines: readonly (readonly [string, ReactNode])[] = [
    [sayList('severity'), <Status key="0" tone={tone} word={`${sayList(severity)}, ${sayList(state)}`} />],
    [
      sayList('device'),
      <PageLink key="1" to={`/devices/${deviceId}`}>
        {hostname}
      </PageLink>,
    ],
    [sayList('series'), series],
    [sayList('value'), format.measure(value, unit)],
    [sayList('threshold'), format.measure(threshold, unit)],
    [sayList('since'), <When key="2" at={since} />],
    ...(clearedAt === null ? [] : [[sayList('ended'), <When key="3" at={clearedAt} />] as const]),
  ];
  return (
    <Stack gap="xs">
      <dl style={{ display: 'grid', gridTemplateColumns: 'auto 1fr', gap: '6px 16px', margin: 0 }}>
        {lines.map(([word, shown]) => (
          <Fragment key={word}>
            <Text component="dt" size="sm" c="dimmed">
              {word}
            </Text>
            <Text component="dd" size="sm" m={0} style={{ overflowWrap: 'anywhere' }}>
              {shown}
            </Text>
          </Fragment>
        ))}
      </dl>
      <Text size="sm">
        <PageLink to={`/devices/${deviceId}?tab=charts&from=${from}&to=${to}`}>{say('seeChart')}</PageLink>
      </Text>
    </Stack>
  );
}

/** Who has it, or had it. */
function Whose({ alert, onClose }: { readonly alert: Alert; readonly onClose: () => void }) {
  const say = useText(text);
  const may = useMay()('alerts.acknowledge');
  const { state, acknowledged } = alert;
  const isOpen = state === 'open';
  if (acknowledged === null) {
    if (isOpen && may) return <Take alert={alert} onClose={onClose} />;
    return <Text size="sm">{isOpen ? `${say('nobodyHas')} ${say('mayNot')}` : say('nobodyHad')}</Text>;
  }
  const { by: who, at, comment, isYours } = acknowledged;
  return (
    <Stack gap="sm">
      <Text size="sm" fw={600} role="status">
        {isYours ? say('byYou') : say('byOther', { who })} <When at={at} />
      </Text>
      {comment !== '' && (
        <Blockquote p="xs" m={0} fz="sm" style={{ overflowWrap: 'anywhere' }}>
          {comment}
        </Blockquote>
      )}
      {isOpen && may && <GiveBack alert={alert} at={at} onClose={onClose} />}
    </Stack>
  );
}

function Take({ alert: { id }, onClose }: { readonly alert: Alert; readonly onClose: () => void }) {
  const say = useText(text);
  const { acknowledge } = useAcknowledging();
  const [comment, setComment] = useState('');
  return (
    <SendForm
      act={say('acknowledge')}
      isRight
      send={() => acknowledge([id], comment.trim())}
      failed={say('failed')}
      onClose={onClose}
    >
      <Text size="sm">{`${say('nobodyHas')} ${say('acknowledgeHelp')}`}</Text>
      <TextInput
        label={say('comment')}
        description={say('commentHelp')}
        maxLength={MAX_COMMENT_CHARS}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
        autoComplete="off"
      />
    </SendForm>
  );
}

function GiveBack({
  alert: { id },
  at,
  onClose,
}: {
  readonly alert: Alert;
  readonly at: string;
  readonly onClose: () => void;
}) {
  const say = useText(text);
  const { giveBack } = useAcknowledging();
  return (
    <SendForm
      act={say('giveBack')}
      isRight
      send={() => giveBack([{ id, at }])}
      failed={say('giveBackFailed')}
      leave={say('close')}
      onClose={onClose}
    >
      <Text size="sm" c="dimmed">
        {say('giveBackHelp')}
      </Text>
    </SendForm>
  );
}
