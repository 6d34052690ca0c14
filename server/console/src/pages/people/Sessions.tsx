// Where a person is signed in, each with its end.
import { Group, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Problem } from '../../parts/Problem.tsx';
import { useMethod, useProgram } from '../../parts/program-words.ts';
import { RowButton } from '../../parts/RowButton.tsx';
import { When } from '../../parts/When.tsx';
import { type Person, useNewer, useSessions } from './data.ts';
import { text } from './text.ts';

export function Sessions({ person, mayEnd }: { readonly person: Person; readonly mayEnd: boolean }) {
  const say = useText(text);
  const sayProgram = useProgram();
  const sayMethod = useMethod();
  const newer = useNewer();
  const sessions = useSessions(person.id);
  const end = useMutation({
    mutationFn: (sessionId: string) =>
      take(
        api.DELETE('/api/v1/persons/{id}/sessions/{sessionId}', {
          params: { path: { id: person.id, sessionId } },
        }),
      ),
    onSuccess: newer,
  });
  if (sessions.isPending) return <Skeleton h={40} />;
  if (sessions.isError) return <Problem error={sessions.error} />;
  const { items } = sessions.data;
  if (items.length === 0) return <Text size="sm">{say('noSessions')}</Text>;
  return (
    <Stack gap={6}>
      {end.isError && <Problem error={end.error} />}
      {items.map(({ id, method, address, program, usedAt, isCurrent }) => (
        <Group key={id} gap="sm" justify="space-between" wrap="nowrap">
          <Text size="sm" style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
            <span title={program}>{sayProgram(program)}</span>
            {` · ${address} · `}
            <When at={usedAt} />
            <Text span size="xs" c="dimmed" display="block">
              {`${say('method')} ${sayMethod(method)}`}
            </Text>
          </Text>
          {isCurrent && (
            <Text size="sm" style={{ whiteSpace: 'nowrap' }}>
              {say('thisSession')}
            </Text>
          )}
          {mayEnd && !isCurrent && (
            <RowButton
              isGrave
              word={say('revokeAct')}
              name={say('revoke', { address })}
              onClick={() => end.mutate(id)}
            />
          )}
        </Group>
      ))}
    </Stack>
  );
}
