// A script or file that waits for its second signature, with the code itself. That signature is made by the command line.
import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { classOf, decodeBase64url, sha256 } from '@muster/protocol';
import { type Content, documentDigest, parseDocument } from '@muster/protocol/commands';
import { useMemo } from 'react';
import { useText } from '../../app/text.ts';
import { Problem } from '../../parts/Problem.tsx';
import { When } from '../../parts/When.tsx';
import type { ContentView } from '../../signing/api.ts';
import { CliCommand } from '../../signing/CliCommand.tsx';
import type { Signing } from '../../signing/use-signing.ts';
import { Body, ContentFacts } from '../scripts/Shown.tsx';
import { text } from './text.ts';

/** The document from its very bytes; null where the server shows another one than it names. */
function decodeContent({ envelope, digest }: ContentView): Content | null {
  if (documentDigest(envelope, { sha256 }) !== digest) return null;
  return parseDocument<Content>(decodeBase64url(envelope.payload), 'content');
}

interface Props {
  readonly content: ContentView;
  readonly signing: Signing;
}

export function ContentCard({ content, signing }: Props) {
  const say = useText(text);
  const document = useMemo(() => decodeContent(content), [content]);
  const { trust } = signing;
  const { digest, name, requester, reason, signers, needed, createdAt } = content;
  const wish = { role: 'approve', kind: 'content', commandClass: classOf('content', trust.classes) } as const;
  const way = signing.wayOf(wish);
  if (document === null) return <Problem error={null} what={name} />;
  return (
    <Paper withBorder p="md" component="article">
      <Group justify="space-between" mb="xs">
        <Title order={2} fz="md">
          {say('content', { name })}
        </Title>
        <Text size="sm" c="dimmed">
          <When at={createdAt} />
        </Text>
      </Group>
      <Text size="sm">{say('asks', { who: requester, why: reason })}</Text>
      <Text size="sm" mb="sm">
        {say('signed', { who: signers.join(', ') || say('nobody'), count: signers.length, needed })}
      </Text>
      <Stack gap="sm">
        <ContentFacts content={content} document={document} />
        <Body content={content} />
        {way.by !== 'passkey' && (
          <CliCommand
            way={way}
            wish={wish}
            trust={trust}
            lines={[{ label: say('line'), line: `muster approve ${digest}` }]}
          />
        )}
        <Text size="xs" c="dimmed">
          {say('notReject')}
        </Text>
      </Stack>
    </Paper>
  );
}
