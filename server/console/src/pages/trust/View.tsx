// The trust document in force: mode, signers and their keys, what is soft, and the commands that change it.
import { Alert, Badge, Box, Code, Group, List, Stack, Table, Text, Title } from '@mantine/core';
import type { TrustDocument } from '@muster/protocol';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useText } from '../../app/text.ts';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { Loaded } from '../../parts/Loaded.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { Status } from '../../parts/Status.tsx';
import { useTrust } from '../../signing/me.ts';
import { Steps } from './Steps.tsx';
import { nameSoft } from './soft.ts';
import { text } from './text.ts';

export function View() {
  const say = useText(text);
  const trust = useTrust();
  return (
    <Stack gap="lg">
      <Box>
        <PageHead title={say('title')} docs="architecture/trust" />
        <Text maw={780}>{say('lead')}</Text>
      </Box>
      <Loaded query={trust} failed={say('failed')} heightPx={220}>
        {({ document, hash, soft }) => (
          <>
            <Facts document={document} hash={hash} />
            <Soft sentences={soft} />
            <Signers document={document} />
            <Steps document={document} soft={soft} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Facts({ document, hash }: { readonly document: TrustDocument; readonly hash: string }) {
  const say = useText(text);
  const { mode, root, version } = document;
  const isQuick = mode === 'quickstart';
  return (
    <Box component="section">
      <Group gap="xl" align="flex-start">
        <Fact label={say('mode')}>
          <Status tone={isQuick ? 'warn' : 'good'} word={say(mode)} />
          <Text size="sm" c="dimmed" maw={320}>
            {say(`${mode}Help`)}
          </Text>
        </Fact>
        <Fact label={say('root')}>
          {say('rootNeeded', { needed: root.threshold, total: root.keys.length })}
        </Fact>
        <Fact label={say('version')}>{String(version)}</Fact>
        <Fact label={say('hash')}>
          <Group gap={4} wrap="nowrap">
            <Code style={{ overflowWrap: 'anywhere' }}>{hash}</Code>
            <CopyButton value={hash} label={say('copyHash')} />
          </Group>
        </Fact>
      </Group>
    </Box>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: React.ReactNode }) {
  return (
    <Box>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Box fz="sm">{children}</Box>
    </Box>
  );
}

function Soft({ sentences }: { readonly sentences: readonly string[] }) {
  const say = useText(text);
  if (sentences.length === 0) return <Status tone="good" word={say('softNone')} />;
  function sayOf(sentence: string): string {
    const key = nameSoft(sentence);
    return key === null ? sentence : say(key);
  }
  return (
    <Alert
      color="gray"
      variant="light"
      title={say('soft')}
      icon={<IconAlertTriangle aria-hidden />}
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
      component="section"
    >
      <List size="sm" spacing={4}>
        {sentences.map((sentence) => (
          <List.Item key={sentence}>{sayOf(sentence)}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Signers({ document }: { readonly document: TrustDocument }) {
  const say = useText(text);
  return (
    <Box component="section">
      <Title order={2} fz="md" mb={6}>
        {say('signers')}
      </Title>
      <ShortTable
        label={say('signers')}
        minWidthPx={640}
        heads={[say('name'), say('kind'), say('may'), say('kinds'), say('keys')]}
      >
        {document.signers.map((signer) => (
          <Table.Tr key={signer.id}>
            <Table.Td>
              <Text size="sm" fw={600}>
                {signer.name}
              </Text>
              <Text size="xs" c="dimmed">
                {signer.id}
              </Text>
            </Table.Td>
            <Table.Td>{say(signer.kind)}</Table.Td>
            <Table.Td>{signer.roles.map((role) => say(role)).join(', ')}</Table.Td>
            <Table.Td>
              {signer.kinds.includes('*') ? say('all') : <Code>{signer.kinds.join(', ')}</Code>}
            </Table.Td>
            <Table.Td>
              <Stack gap={2}>
                {signer.keys.map(({ key, scheme }) => (
                  <Group key={key} gap={6} wrap="nowrap">
                    <Badge variant="default" tt="none" fw={400}>
                      {say(scheme === 'ed25519' ? 'ed25519' : 'passkey')}
                    </Badge>
                    <Code style={{ overflowWrap: 'anywhere' }}>{key}</Code>
                  </Group>
                ))}
              </Stack>
            </Table.Td>
          </Table.Tr>
        ))}
      </ShortTable>
    </Box>
  );
}
