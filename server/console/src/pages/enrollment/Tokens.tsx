// The list of tokens, without their secrets.
import { Badge, Box, Group, Table, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { ConfirmByTyping } from '../../parts/ConfirmByTyping.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { HistoryLink } from '../../parts/HistoryLink.tsx';
import { Loaded } from '../../parts/Loaded.tsx';
import { RowButton } from '../../parts/RowButton.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { Status, type Tone } from '../../parts/Status.tsx';
import { When } from '../../parts/When.tsx';
import { type Token, useTokens } from './data.ts';
import { text } from './text.ts';

const tones: Readonly<Record<Token['state'], Tone>> = {
  valid: 'good',
  spent: 'idle',
  expired: 'idle',
  revoked: 'idle',
};

/** `onNew`: opens the dialog; absent for those who may not make tokens. */
export function Tokens({ onNew }: { readonly onNew?: () => void }) {
  const say = useText(text);
  const tokens = useTokens();
  const none = (
    <Empty
      title={say('emptyTitle')}
      why={say('emptyWhy')}
      docs="installation"
      {...(onNew === undefined ? {} : { action: { label: say('enroll'), onClick: onNew } })}
    />
  );
  return (
    <Loaded query={tokens} failed={say('tokensFailed')} heightPx={120}>
      {(found) => (found.length === 0 ? none : <List tokens={found} mayRevoke={onNew !== undefined} />)}
    </Loaded>
  );
}

function List({ tokens, mayRevoke }: { readonly tokens: readonly Token[]; readonly mayRevoke: boolean }) {
  const say = useText(text);
  const queries = useQueryClient();
  const [revoking, setRevoking] = useState<Token | null>(null);
  return (
    <Box component="section">
      <Title order={2} fz="md" mb={6}>
        {say('tokens')}
      </Title>
      <ShortTable
        label={say('tokens')}
        minWidthPx={720}
        heads={[
          say('name'),
          say('state'),
          say('uses'),
          say('letsIn'),
          say('labels'),
          say('expires'),
          say('by'),
          ...(mayRevoke ? [{ word: say('revokeAct'), isHidden: true }] : []),
        ]}
      >
        {tokens.map((token) => (
          <Line key={token.id} token={token} {...(mayRevoke ? { onRevoke: setRevoking } : {})} />
        ))}
      </ShortTable>
      <ConfirmByTyping
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        title={say('revokeTitle')}
        happens={say('revokeHappens')}
        undo={say('revokeUndo')}
        expected={revoking?.name ?? ''}
        act={say('revokeAct')}
        onConfirm={async () => {
          if (revoking === null) return;
          await take(api.DELETE('/api/v1/enrollment-tokens/{id}', { params: { path: { id: revoking.id } } }));
          await queries.invalidateQueries({ queryKey: ['enrollment-tokens'] });
        }}
      />
    </Box>
  );
}

interface LineProps {
  readonly token: Token;
  readonly onRevoke?: (token: Token) => void;
}

function Line({ token, onRevoke }: LineProps) {
  const say = useText(text);
  const { id, name, state, usesTotal, usesLeft, autoApprove, labels, expiresAt, createdBy, createdAt } =
    token;
  return (
    <Table.Tr>
      <Table.Td fw={600}>{name}</Table.Td>
      <Table.Td>
        <Status tone={tones[state]} word={say(state)} />
      </Table.Td>
      <Table.Td>{say('usesOf', { used: usesTotal - usesLeft, total: usesTotal })}</Table.Td>
      <Table.Td>{say(autoApprove ? 'autoShort' : 'approvalShort')}</Table.Td>
      <Table.Td>
        <Group gap={4}>
          {Object.entries(labels).map(([key, value]) => (
            <Badge key={key} variant="default" tt="none" fw={400}>
              {`${key}=${value}`}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td>
        <When at={expiresAt} />
      </Table.Td>
      <Table.Td>
        <Text size="sm">{createdBy}</Text>
        <Text size="xs" c="dimmed">
          <When at={createdAt} />
        </Text>
        <HistoryLink subject={id} of={name} />
      </Table.Td>
      {onRevoke !== undefined && (
        <Table.Td>
          {state === 'valid' && (
            <RowButton
              isGrave
              word={say('revokeAct')}
              name={say('revoke', { name })}
              onClick={() => onRevoke(token)}
            />
          )}
        </Table.Td>
      )}
    </Table.Tr>
  );
}
