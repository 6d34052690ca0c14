// The roles of a person, each with its limit; one more, or one less.
import { ActionIcon, Button, Group, Select, Stack, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { findFault } from '../../parts/expression/check.ts';
import { ExpressionField } from '../../parts/expression/ExpressionField.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { type Person, type Role, useNewer } from './data.ts';
import { text } from './text.ts';

interface Props {
  readonly person: Person;
  readonly roles: readonly Role[];
  readonly mayChange: boolean;
}

export function HeldRoles({ person, roles, mayChange }: Props) {
  const say = useText(text);
  const newer = useNewer();
  const withdraw = useMutation({
    mutationFn: (role: string) =>
      take(api.DELETE('/api/v1/persons/{id}/roles/{role}', { params: { path: { id: person.id, role } } })),
    onSuccess: newer,
  });
  return (
    <Stack gap={4}>
      {withdraw.isError && <Problem error={withdraw.error} />}
      {person.roles.map(({ role, name, where }) => (
        <Group key={role} gap="xs">
          <Text size="sm" fw={600}>
            {name}
          </Text>
          <Text size="sm" c="dimmed">
            {where === null ? say('everywhere') : say('where', { where })}
          </Text>
          {mayChange && (
            <ActionIcon
              size="sm"
              variant="subtle"
              color="gray"
              aria-label={say('withdraw', { role: name })}
              onClick={() => withdraw.mutate(role)}
            >
              <IconX size={14} aria-hidden />
            </ActionIcon>
          )}
        </Group>
      ))}
      {mayChange && <Give person={person} roles={roles} />}
    </Stack>
  );
}

function Give({ person, roles }: Omit<Props, 'mayChange'>) {
  const say = useText(text);
  const newer = useNewer();
  const [role, setRole] = useState<string | null>(null);
  const [where, setWhere] = useState('');
  const give = useMutation({
    mutationFn: (id: string) =>
      take(
        api.PUT('/api/v1/persons/{id}/roles/{role}', {
          params: { path: { id: person.id, role: id } },
          body: { where: where.trim() === '' ? null : where.trim() },
        }),
      ),
    async onSuccess() {
      setRole(null);
      setWhere('');
      await newer();
    },
  });
  const isRight = role !== null && findFault(where) === null;
  return (
    <Stack gap="xs" mt={6}>
      <Select
        label={say('addRole')}
        value={role}
        onChange={setRole}
        data={roles.map(({ id, name }) => ({ value: id, label: name }))}
      />
      {role !== null && <ExpressionField label={say('limit')} value={where} onChange={setWhere} />}
      {give.isError && <Problem error={give.error} what={say('saveFailed')} />}
      <Group>
        <Button
          size="compact-sm"
          variant="default"
          disabled={!isRight}
          loading={give.isPending}
          onClick={() => role !== null && give.mutate(role)}
        >
          {say('give')}
        </Button>
      </Group>
    </Stack>
  );
}
