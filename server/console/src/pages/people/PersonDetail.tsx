// One person: roles, ways to sign in, sessions, tokens, and whether anybody acts for him.
import { Box, Button, Code, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, take } from '../../api/client.ts';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { ConfirmByTyping } from '../../parts/ConfirmByTyping.tsx';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { useFormat } from '../../parts/format.ts';
import { HistoryLink } from '../../parts/HistoryLink.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { RowButton } from '../../parts/RowButton.tsx';
import { When } from '../../parts/When.tsx';
import { type Person, type Role, useAccount, useNewer } from './data.ts';
import { HeldRoles } from './HeldRoles.tsx';
import { Sessions } from './Sessions.tsx';
import { text } from './text.ts';

export function PersonDetail({
  person,
  roles,
}: {
  readonly person: Person;
  readonly roles: readonly Role[];
}) {
  const say = useText(text);
  const may = useMay();
  return (
    <Stack gap="lg">
      <HistoryLink subject={person.id} />
      <Part title={say('roles')}>
        <HeldRoles person={person} roles={roles} mayChange={may('roles.write')} />
      </Part>
      <Part title={say('ways')}>
        <Ways person={person} />
        {may('persons.write') && <Invite person={person} />}
      </Part>
      <Part title={say('sessions')}>
        <Sessions person={person} mayEnd={may('persons.write')} />
      </Part>
      <Part title={say('tokens')}>
        <Tokens person={person} mayEnd={may('persons.write')} />
      </Part>
      {may('roles.write') && <Disabling person={person} />}
    </Stack>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Box component="section">
      <Title order={3} fz="sm" mb={4}>
        {title}
      </Title>
      {children}
    </Box>
  );
}

function Ways({ person }: { readonly person: Person }) {
  const say = useText(text);
  const account = useAccount(person.id);
  if (account.isError) return <Problem error={account.error} />;
  // As high as the line that comes.
  if (account.data === undefined) return <Skeleton h={20} maw={240} />;
  const { passkeys, passwordAt, totpAt, identities } = account.data;
  const ways = [
    ...(passkeys.length > 0 ? [say('passkeys', { count: passkeys.length })] : []),
    ...(passwordAt !== null && totpAt !== null ? [say('password')] : []),
    ...(identities.length > 0 ? [say('identities', { count: identities.length })] : []),
  ];
  return <Text size="sm">{ways.length === 0 ? say('noWays') : ways.join(', ')}</Text>;
}

/** A link that sets up the account, once. */
function Invite({ person }: { readonly person: Person }) {
  const say = useText(text);
  const format = useFormat();
  const invite = useMutation({
    mutationFn: () =>
      take(api.POST('/api/v1/persons/{id}/invitations', { params: { path: { id: person.id } } })),
  });
  return (
    <Stack gap={6} mt={6} align="flex-start">
      <Button size="compact-sm" variant="default" loading={invite.isPending} onClick={() => invite.mutate()}>
        {say('invite')}
      </Button>
      {invite.isError && <Problem error={invite.error} />}
      {invite.data !== undefined && (
        <>
          <Text size="sm" c="dimmed">
            {say('inviteWhy', { when: format.exact(Date.parse(invite.data.expiresAt)) })}
          </Text>
          <Group gap="xs" wrap="nowrap">
            <Code style={{ overflowWrap: 'anywhere' }}>{invite.data.url}</Code>
            <CopyButton value={invite.data.url} label={say('copyLink')} />
          </Group>
        </>
      )}
    </Stack>
  );
}

function Tokens({ person, mayEnd }: { readonly person: Person; readonly mayEnd: boolean }) {
  const say = useText(text);
  const newer = useNewer();
  const end = useMutation({
    mutationFn: (tokenId: string) =>
      take(
        api.DELETE('/api/v1/persons/{id}/tokens/{tokenId}', { params: { path: { id: person.id, tokenId } } }),
      ),
    onSuccess: newer,
  });
  if (person.tokens.length === 0) return <Text size="sm">{say('noTokens')}</Text>;
  return (
    <Stack gap={4}>
      {end.isError && <Problem error={end.error} />}
      {person.tokens.map(({ id, name, expiresAt }) => (
        <Group key={id} gap="sm">
          <Text size="sm">{name}</Text>
          <Text size="xs" c="dimmed">
            {say('expires')} <When at={expiresAt} />
          </Text>
          <HistoryLink subject={id} of={name} />
          {mayEnd && (
            <RowButton
              isGrave
              word={say('revokeAct')}
              name={say('revokeToken', { name })}
              onClick={() => end.mutate(id)}
            />
          )}
        </Group>
      ))}
    </Stack>
  );
}

function Disabling({ person }: { readonly person: Person }) {
  const say = useText(text);
  const newer = useNewer();
  const [isAsked, { open, close }] = useDisclosure();
  async function put(disabled: boolean): Promise<void> {
    await take(
      api.PATCH('/api/v1/persons/{id}', { params: { path: { id: person.id } }, body: { disabled } }),
    );
    await newer();
  }
  const enable = useMutation({ mutationFn: () => put(false) });
  return (
    <Group>
      {person.disabledAt === null ? (
        <Button variant="default" color="red" onClick={open}>
          {say('disable', { name: person.name })}
        </Button>
      ) : (
        <Button variant="default" loading={enable.isPending} onClick={() => enable.mutate()}>
          {say('enable')}
        </Button>
      )}
      {enable.isError && <Problem error={enable.error} />}
      <ConfirmByTyping
        opened={isAsked}
        onClose={close}
        title={say('disable', { name: person.name })}
        happens={say('disableHappens')}
        undo={say('disableUndo')}
        expected={person.handle}
        act={say('disableAct')}
        onConfirm={() => put(true)}
      />
    </Group>
  );
}
