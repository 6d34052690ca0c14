// One group: its definition, its members as they are now, and why a device is one of them or not.
import { Box, Button, Code, Group as Row, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { ConfirmByTyping } from '../../parts/ConfirmByTyping.tsx';
import { HistoryLink } from '../../parts/HistoryLink.tsx';
import { Loaded } from '../../parts/Loaded.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { GoButton } from '../../signing/Go.tsx';
import { DevicePick } from '../groups/DevicePick.tsx';
import { type Group, useGroup } from '../groups/data.ts';
import { Editor } from '../groups/Editor.tsx';
import { Members } from './Members.tsx';
import { text } from './text.ts';
import { Why } from './Why.tsx';

export function View() {
  const say = useText(text);
  const { id = '' } = useParams({ strict: false });
  const group = useGroup(id);
  return (
    <Loaded query={group} failed={say('failed')} heightPx={200}>
      {(found) => <Shown group={found} />}
    </Loaded>
  );
}

function Shown({ group }: { readonly group: Group }) {
  const say = useText(text);
  const may = useMay();
  return (
    <Stack gap="lg">
      <Box>
        <Head group={group} mayWrite={may('groups.write')} />
        {group.description !== '' && <Text>{group.description}</Text>}
      </Box>
      <Box component="section">
        <Title order={2} fz="md" mb={6}>
          {say('definition')}
        </Title>
        {group.expression === null ? (
          <Text c="dimmed" size="sm">
            {say('noExpression')}
          </Text>
        ) : (
          <Code block tabIndex={0}>
            {group.expression}
          </Code>
        )}
        {may('groups.write') && <PickByHand group={group} />}
      </Box>
      <Members group={group} mayWrite={may('groups.write')} />
      <Why group={group} />
    </Stack>
  );
}

function Head({ group, mayWrite }: { readonly group: Group; readonly mayWrite: boolean }) {
  const say = useText(text);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isEditing, editing] = useDisclosure();
  const [isRemoving, removing] = useDisclosure();
  async function remove(): Promise<void> {
    await take(api.DELETE('/api/v1/groups/{id}', { params: { path: { id: group.id } } }));
    await queries.invalidateQueries({ queryKey: ['groups'] });
    await navigate({ to: '/groups' });
  }
  const actions = (
    <>
      <HistoryLink subject={group.id} />
      <GoButton to="/devices" search={{ group: group.id }} variant="default">
        {say('showDevices')}
      </GoButton>
      {mayWrite && (
        <Button variant="default" color="red" onClick={removing.open}>
          {say('remove')}
        </Button>
      )}
      {mayWrite && <Button onClick={editing.open}>{say('edit')}</Button>}
    </>
  );
  return (
    <>
      <PageHead
        title={group.name}
        crumbs={[{ label: say('groups'), to: '/groups' }]}
        docs="architecture/groups"
        actions={actions}
      />
      <Editor opened={isEditing} onClose={editing.close} group={group} />
      <ConfirmByTyping
        opened={isRemoving}
        onClose={removing.close}
        title={say('removeTitle')}
        happens={say('removeHappens')}
        undo={say('removeUndo')}
        expected={group.name}
        act={say('removeAct')}
        onConfirm={remove}
      />
    </>
  );
}

function PickByHand({ group }: { readonly group: Group }) {
  const say = useText(text);
  const queries = useQueryClient();
  const [device, setDevice] = useState<string | null>(null);
  const add = useMutation({
    mutationFn: (id: string) =>
      take(api.PATCH('/api/v1/groups/{id}', { params: { path: { id: group.id } }, body: { add: [id] } })),
    onSuccess(saved) {
      queries.setQueryData(['group', saved.id], saved);
      void queries.invalidateQueries({ queryKey: ['group-members', saved.id] });
      setDevice(null);
    },
  });
  return (
    <>
      <Row mt="sm" align="flex-end" gap="xs">
        <DevicePick label={say('pick')} value={device} onChange={setDevice} />
        <Button
          variant="default"
          disabled={device === null}
          loading={add.isPending}
          onClick={() => device !== null && add.mutate(device)}
        >
          {say('add')}
        </Button>
      </Row>
      {add.isError && <Problem error={add.error} what={say('changeFailed')} />}
    </>
  );
}
