// All persons, one of them in a drawer, and what roles allow.
import { Anchor, Box, Button, Stack, Table, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Loaded } from '../../parts/Loaded.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { Status } from '../../parts/Status.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { When } from '../../parts/When.tsx';
import { type Person, type Role, usePersons, useRoles } from './data.ts';
import { NewPerson } from './NewPerson.tsx';
import { PersonDetail } from './PersonDetail.tsx';
import { parseSearch } from './search.ts';
import { text } from './text.ts';

const MAKE_ROLE = `muster roles add Restarts --allow 'jobs.write where label("env") == "test"' --kinds service.restart`;

export function View() {
  const say = useText(text);
  const may = useMay();
  const [{ person }, set] = useSearchState(parseSearch);
  const [isNew, { open, close }] = useDisclosure();
  const persons = usePersons();
  const roles = useRoles();
  const shown = persons.data?.find(({ id }) => id === person);
  return (
    <Stack gap="lg">
      <PageHead
        title={say('title')}
        docs="architecture/access"
        actions={
          may('persons.write') && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
              {say('new')}
            </Button>
          )
        }
      />
      <Loaded query={persons} failed={say('failed')} heightPx={200}>
        {(found) => <List persons={found} onOpen={(id) => set({ person: id })} />}
      </Loaded>
      <Loaded query={roles} failed={say('rolesFailed')} heightPx={200}>
        {(found) => <Roles roles={found} />}
      </Loaded>
      <Dialog opened={isNew} onClose={close} title={say('new')}>
        <NewPerson
          roles={roles.data ?? []}
          onDone={(id) => {
            close();
            if (id !== null) set({ person: id });
          }}
        />
      </Dialog>
      <Dialog
        opened={shown !== undefined}
        onClose={() => set({ person: null })}
        isSide
        size="lg"
        title={shown?.name}
      >
        {shown !== undefined && <PersonDetail person={shown} roles={roles.data ?? []} />}
      </Dialog>
    </Stack>
  );
}

function List({
  persons,
  onOpen,
}: {
  readonly persons: readonly Person[];
  readonly onOpen: (id: string) => void;
}) {
  const say = useText(text);
  return (
    <ShortTable
      label={say('title')}
      minWidthPx={640}
      heads={[say('name'), say('roles'), say('signer'), say('state'), say('added')]}
    >
      {persons.map((person) => (
        <Table.Tr key={person.id}>
          <Table.Td>
            <Anchor component="button" type="button" size="sm" fw={600} onClick={() => onOpen(person.id)}>
              {person.name}
            </Anchor>
            <Text size="xs" c="dimmed">
              {person.handle}
            </Text>
          </Table.Td>
          <Table.Td>{person.roles.map(({ name }) => name).join(', ')}</Table.Td>
          <Table.Td>
            {person.signerId === null ? say('signerNo') : say('signerYes', { id: person.signerId })}
          </Table.Td>
          <Table.Td>
            <Status
              tone={person.disabledAt === null ? 'good' : 'idle'}
              word={say(person.disabledAt === null ? 'active' : 'disabled')}
            />
          </Table.Td>
          <Table.Td>
            <When at={person.createdAt} />
          </Table.Td>
        </Table.Tr>
      ))}
    </ShortTable>
  );
}

function Roles({ roles }: { readonly roles: readonly Role[] }) {
  const say = useText(text);
  return (
    <Box component="section">
      <Title order={2} fz="md">
        {say('allRoles')}
      </Title>
      <Text size="sm" c="dimmed" mb={6}>
        {say('rolesWhy')}
      </Text>
      <Box maw={780} mb="sm">
        <Command command={MAKE_ROLE} />
      </Box>
      <ShortTable
        label={say('allRoles')}
        minWidthPx={640}
        heads={[say('name'), { word: say('holders'), isNumeric: true }, say('allows')]}
      >
        {roles.map((role) => (
          <Table.Tr key={role.id} style={{ verticalAlign: 'top' }}>
            <Table.Td>
              <Text size="sm" fw={600}>
                {role.name}
              </Text>
              <Text size="xs" c="dimmed">
                {role.isBuiltIn ? say('builtIn') : role.description}
              </Text>
            </Table.Td>
            <Table.Td ta="right">{role.holders}</Table.Td>
            <Table.Td>
              <Text size="xs">
                {role.grants
                  .map(({ permission, where }) =>
                    where === null ? permission : say('limited', { permission, where }),
                  )
                  .join(', ')}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </ShortTable>
    </Box>
  );
}
