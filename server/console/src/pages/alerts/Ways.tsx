// The ways for messages, each with its trial.
import { Group, Switch, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { ConfirmByTyping } from '../../parts/ConfirmByTyping.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { RowButton } from '../../parts/RowButton.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { Status } from '../../parts/Status.tsx';
import { useNewer, type Way } from './data.ts';
import { Part } from './Part.tsx';
import { text } from './text-routing.ts';
import { WayForm } from './WayForm.tsx';

/** How often the log is asked what became of a trial, ms. */
const LOOK_MS = 700;

interface Props {
  readonly ways: readonly Way[];
  readonly hasMail: boolean;
  readonly mayWrite: boolean;
}

export function Ways({ ways, hasMail, mayWrite }: Props) {
  const say = useText(text);
  const newer = useNewer();
  const [isOpen, { open, close }] = useDisclosure();
  const [removing, setRemoving] = useState<Way | null>(null);
  return (
    <Part
      title={say('ways')}
      why={say('waysWhy')}
      none={say('noWays')}
      isEmpty={ways.length === 0}
      {...(mayWrite ? { add: { label: say('newWay'), onClick: open } } : {})}
      dialogs={
        <>
          <WayForm opened={isOpen} onClose={close} hasMail={hasMail} />
          <ConfirmByTyping
            opened={removing !== null}
            onClose={() => setRemoving(null)}
            title={say('removeWay')}
            happens={say('removeWayHappens')}
            undo={say('removeWayUndo')}
            expected={removing?.name ?? ''}
            act={say('removeAct')}
            onConfirm={async () => {
              if (removing === null) return;
              await take(
                api.DELETE('/api/v1/notifications/ways/{id}', { params: { path: { id: removing.id } } }),
              );
              await newer();
            }}
          />
        </>
      }
    >
      <ShortTable
        label={say('ways')}
        minWidthPx={620}
        heads={[say('name'), say('kind'), say('target'), say('on'), ...(mayWrite ? [say('test')] : [])]}
      >
        {ways.map((way) => (
          <Line key={way.id} way={way} mayWrite={mayWrite} onRemove={() => setRemoving(way)} />
        ))}
      </ShortTable>
    </Part>
  );
}

interface LineProps {
  readonly way: Way;
  readonly mayWrite: boolean;
  readonly onRemove: () => void;
}

function Line({ way, mayWrite, onRemove }: LineProps) {
  const say = useText(text);
  const newer = useNewer();
  const { id, name, kind, targets, enabled } = way;
  const turn = useMutation({
    mutationFn: (isOn: boolean) =>
      take(
        api.PATCH('/api/v1/notifications/ways/{id}', { params: { path: { id } }, body: { enabled: isOn } }),
      ),
    onSuccess: newer,
  });
  return (
    <Table.Tr>
      <Table.Td fw={600}>{name}</Table.Td>
      <Table.Td>{say(kind)}</Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{targets.join(', ')}</Table.Td>
      <Table.Td>
        {mayWrite ? (
          <Switch
            size="sm"
            aria-label={`${say('on')}: ${name}`}
            checked={enabled}
            onChange={(event) => turn.mutate(event.currentTarget.checked)}
          />
        ) : (
          say(enabled ? 'isOn' : 'off')
        )}
        {turn.isError && <Problem error={turn.error} />}
      </Table.Td>
      {mayWrite && (
        <Table.Td>
          <Group gap="xs">
            <Trial way={way} />
            <RowButton isGrave word={say('removeAct')} name={say('remove', { name })} onClick={onRemove} />
          </Group>
        </Table.Td>
      )}
    </Table.Tr>
  );
}

/** Sends a trial and says what became of it. */
function Trial({ way }: { readonly way: Way }) {
  const say = useText(text);
  const send = useMutation({
    mutationFn: () =>
      take(api.POST('/api/v1/notifications/ways/{id}/test', { params: { path: { id: way.id } } })),
  });
  const id = send.data?.message;
  const message = useQuery({
    queryKey: ['notify', 'message', id],
    enabled: id !== undefined,
    queryFn: () =>
      take(api.GET('/api/v1/notifications/messages/{id}', { params: { path: { id: id ?? '' } } })),
    refetchInterval: ({ state }) => (state.data?.state === 'waiting' ? LOOK_MS : false),
  });
  return (
    <Group gap="xs">
      <RowButton
        word={say('test')}
        name={say('testName', { name: way.name })}
        isBusy={send.isPending}
        onClick={() => send.mutate()}
      />
      <Text size="sm" component="div" role="status">
        {send.isError && <Problem error={send.error} />}
        {message.data !== undefined && <Outcome message={message.data} />}
      </Text>
    </Group>
  );
}

function Outcome({ message }: { readonly message: { readonly state: string; readonly error: string } }) {
  const say = useText(text);
  const { state, error } = message;
  if (state === 'sent') return <Status tone="good" word={say('testSent')} />;
  if (state === 'dead') return <Status tone="bad" word={say('testDead', { error })} detail={error} />;
  if (error !== '') return <Status tone="warn" word={say('testTrouble', { error })} detail={error} />;
  return <Status tone="busy" word={say('testWaiting')} />;
}
