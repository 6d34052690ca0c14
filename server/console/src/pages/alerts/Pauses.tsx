// Maintenance: devices of which nothing is told for a while.
import { Code, Group, NumberInput, Table } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { findFault } from '../../parts/expression/check.ts';
import { ExpressionField } from '../../parts/expression/ExpressionField.tsx';
import { NameField } from '../../parts/NameField.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { RowButton } from '../../parts/RowButton.tsx';
import { SendForm } from '../../parts/SendForm.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { When } from '../../parts/When.tsx';
import { useNewer, type usePauses } from './data.ts';
import { Part } from './Part.tsx';
import { text } from './text-routing.ts';

const MINUTE_MS = 60_000;

interface Props {
  readonly pauses: NonNullable<ReturnType<typeof usePauses>['data']>;
  readonly mayWrite: boolean;
}

export function Pauses({ pauses, mayWrite }: Props) {
  const say = useText(text);
  const newer = useNewer();
  const [isOpen, { open, close }] = useDisclosure();
  const end = useMutation({
    mutationFn: (id: string) =>
      take(api.DELETE('/api/v1/notifications/pauses/{id}', { params: { path: { id } } })),
    onSuccess: newer,
  });
  return (
    <Part
      title={say('pauses')}
      why={say('pausesWhy')}
      none={say('noPauses')}
      isEmpty={pauses.length === 0}
      {...(mayWrite ? { add: { label: say('newPause'), onClick: open } } : {})}
      dialogs={
        <Dialog opened={isOpen} onClose={close} title={say('newPause')} size="md">
          <Form onClose={close} />
        </Dialog>
      }
    >
      {end.isError && <Problem error={end.error} />}
      <ShortTable
        label={say('pauses')}
        minWidthPx={560}
        heads={[
          say('reason'),
          say('devices'),
          say('from'),
          say('until'),
          say('by'),
          ...(mayWrite ? [{ word: say('endAct'), isHidden: true }] : []),
        ]}
      >
        {pauses.map(({ id, reason, on, from, until, createdBy }) => (
          <Table.Tr key={id}>
            <Table.Td>{reason}</Table.Td>
            <Table.Td>{on === null ? say('everyDevice') : <Code>{on}</Code>}</Table.Td>
            <Table.Td>
              <When at={from} />
            </Table.Td>
            <Table.Td>
              <When at={until} />
            </Table.Td>
            <Table.Td>{createdBy}</Table.Td>
            {mayWrite && (
              <Table.Td>
                <RowButton
                  word={say('endAct')}
                  name={say('end', { name: reason })}
                  onClick={() => end.mutate(id)}
                />
              </Table.Td>
            )}
          </Table.Tr>
        ))}
      </ShortTable>
    </Part>
  );
}

/** Made anew each time it is opened. */
function Form({ onClose }: { readonly onClose: () => void }) {
  const say = useText(text);
  const newer = useNewer();
  const [reason, setReason] = useState('');
  const [on, setOn] = useState('');
  const [begins, setBegins] = useState(0);
  const [lasts, setLasts] = useState(60);
  const isRight = reason.trim() !== '' && lasts >= 1 && findFault(on) === null;
  const pause = async () => {
    const body = {
      reason: reason.trim(),
      on: on.trim() === '' ? null : on.trim(),
      startsInMs: begins * MINUTE_MS,
      lastsMs: lasts * MINUTE_MS,
    };
    await take(api.POST('/api/v1/notifications/pauses', { body }));
    await newer();
    onClose();
  };
  return (
    <SendForm act={say('create')} isRight={isRight} send={pause} failed={say('failed')} onClose={onClose}>
      <NameField label={say('reason')} maxLength={200} value={reason} onChange={setReason} />
      <ExpressionField label={say('devices')} description={say('devicesHelp')} value={on} onChange={setOn} />
      <Group grow>
        <NumberInput
          label={say('begins')}
          min={0}
          value={begins}
          onChange={(value) => setBegins(Number(value))}
        />
        <NumberInput
          label={say('lasts')}
          min={1}
          value={lasts}
          onChange={(value) => setLasts(Number(value))}
        />
      </Group>
    </SendForm>
  );
}
