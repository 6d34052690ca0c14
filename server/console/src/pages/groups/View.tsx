// All groups: what they mean and how many members they have now.
import { Anchor, Button, Code, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { useFormat } from '../../parts/format.ts';
import { Loaded } from '../../parts/Loaded.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { When } from '../../parts/When.tsx';
import { type Group, useGroups } from './data.ts';
import { Editor } from './Editor.tsx';
import { text } from './text.ts';

export function View() {
  const say = useText(text);
  const may = useMay();
  const navigate = useNavigate();
  const groups = useGroups();
  const [isOpen, { open, close }] = useDisclosure();
  const mayWrite = may('groups.write');
  const none = (
    <Empty
      title={say('emptyTitle')}
      why={say('emptyWhy')}
      {...(mayWrite ? { action: { label: say('new'), onClick: open } } : {})}
      docs="architecture/groups"
    />
  );
  return (
    <>
      <PageHead
        title={say('title')}
        docs="architecture/groups"
        actions={
          mayWrite &&
          groups.data !== undefined &&
          groups.data.length > 0 && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
              {say('new')}
            </Button>
          )
        }
      />
      <Loaded query={groups} failed={say('failed')} heightPx={120}>
        {(found) => (found.length === 0 ? none : <List groups={found} />)}
      </Loaded>
      <Editor
        opened={isOpen}
        onClose={close}
        onSaved={({ id }) => void navigate({ to: '/groups/$id', params: { id } })}
      />
    </>
  );
}

function List({ groups }: { readonly groups: readonly Group[] }) {
  const say = useText(text);
  return (
    <ShortTable
      label={say('title')}
      minWidthPx={560}
      heads={[say('name'), { word: say('members'), isNumeric: true }, say('expression'), say('by')]}
    >
      {groups.map((group) => (
        <Line key={group.id} group={group} />
      ))}
    </ShortTable>
  );
}

function Line({ group }: { readonly group: Group }) {
  const say = useText(text);
  const format = useFormat();
  const { id, name, description, expression, count, createdBy, createdAt } = group;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/groups/${id}`} fw={600} size="sm">
          {name}
        </Anchor>
        {description !== '' && (
          <Text size="xs" c="dimmed" lineClamp={1}>
            {description}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" style={{ fontVariantNumeric: 'tabular-nums' }}>
        <PageLink to={`/devices?group=${id}`} size="sm">
          {format.number(count)}
        </PageLink>
      </Table.Td>
      <Table.Td>
        {expression === null ? (
          <Text size="sm" c="dimmed">
            {say('pickedOnly')}
          </Text>
        ) : (
          <Code>{expression}</Code>
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm">{createdBy}</Text>
        <Text size="xs" c="dimmed">
          <When at={createdAt} />
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
