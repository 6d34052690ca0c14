// One script or file: what was signed with it, by whom, and the code itself, held against the signed hash.
import { Alert, Code, Group, List, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { encodeBase64url } from '@muster/protocol';
import type { Content } from '@muster/protocol/commands';
import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { useFormat } from '../../parts/format.ts';
import { Problem } from '../../parts/Problem.tsx';
import type { ContentView } from '../../signing/api.ts';
import { Fact } from '../../signing/CommandFacts.tsx';
import { GoButton } from '../../signing/Go.tsx';
import { ContentStatus } from './ContentStatus.tsx';
import { text } from './text.ts';

/** What is shown of a body, bytes. */
const SHOWN_BYTES = 64 * 1024;

/** The body as text, once its hash is the signed one. */
function useBody({ digest, sha256, missing }: ContentView, notHash: string) {
  return useQuery({
    queryKey: ['content', digest, 'body'],
    queryFn: async ({ signal }) => {
      const response = await fetch(`/api/v1/content/${digest}/body`, { signal });
      if (!response.ok) throw new ApiError(response.status, await response.json());
      const bytes = await response.arrayBuffer();
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      if (encodeBase64url(hash) !== sha256) throw new ApiError(0, { code: 'E_ANSWER', detail: notHash });
      return new TextDecoder().decode(bytes.slice(0, SHOWN_BYTES));
    },
    enabled: missing === null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

export function Shown({ content }: { readonly content: ContentView }) {
  const say = useText(text);
  const document = content.document as Content;
  const { digest, state, missing, use } = content;
  const isReady = state === 'approved' && missing === null;
  const search = { kind: use === 'script' ? 'script.run' : 'file.put', args: { content: digest } };
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <ContentStatus content={content} />
        {isReady ? (
          <GoButton to="/act" search={search}>
            {say(use === 'script' ? 'run' : 'put')}
          </GoButton>
        ) : (
          <Group gap="xs">
            <Text size="sm" c="dimmed">
              {say('notYet')}
            </Text>
            <GoButton to="/approvals" variant="default">
              {say('approve')}
            </GoButton>
          </Group>
        )}
      </Group>
      <ContentFacts content={content} document={document} />
      <Body content={content} />
    </Stack>
  );
}

/** Everything that was signed with the bytes. */
export function ContentFacts({
  content,
  document,
}: {
  readonly content: ContentView;
  readonly document: Content;
}) {
  const say = useText(text);
  const format = useFormat();
  const { place, runAs, stdin, timeoutMs, okExits, interpreter, sizeBytes, requester, reason, name } =
    document;
  return (
    <Table variant="vertical" layout="fixed" withTableBorder>
      <Table.Tbody>
        <Fact name={say('name')}>{name}</Fact>
        {document.use === 'script' ? (
          <>
            <Fact name={say('interpreter')}>{interpreter}</Fact>
            <Fact name={say('parameters')}>
              <Parameters parameters={document.parameters} />
            </Fact>
            <Fact name={say('runAs')}>{runAs.join(', ') || say('defaultUser')}</Fact>
            <Fact name={say('input')}>{stdin ? say('inputYes') : say('inputNo')}</Fact>
            <Fact name={say('timeout')}>{format.span(timeoutMs)}</Fact>
            <Fact name={say('okExits')}>{okExits.join(', ')}</Fact>
          </>
        ) : (
          <Fact name={say('place')}>
            {place === null ? '' : `${place.path} ${place.mode} ${place.owner}:${place.group}`}
          </Fact>
        )}
        <Fact name={say('size')}>{format.bytes(sizeBytes)}</Fact>
        <Fact name={say('requester')}>{requester}</Fact>
        <Fact name={say('reason')}>{reason}</Fact>
        <Fact name={say('signers')}>{content.signers.join(', ')}</Fact>
        <Fact name={say('digest')}>
          <Group gap={4} wrap="nowrap">
            <Code style={{ overflowWrap: 'anywhere' }}>{content.digest}</Code>
            <CopyButton value={content.digest} label={say('copyDigest')} />
          </Group>
        </Fact>
      </Table.Tbody>
    </Table>
  );
}

function Parameters({ parameters }: Pick<Content, 'parameters'>) {
  const say = useText(text);
  if (parameters.length === 0) return say('noParameters');
  return (
    <List size="sm" listStyleType="none">
      {parameters.map(({ name, type, required, description }) => (
        <List.Item key={name}>
          <Code>{name}</Code> {`${type}${required ? `, ${say('required')}` : ''}: ${description}`}
        </List.Item>
      ))}
    </List>
  );
}

/** The code, as text, whatever it holds. */
export function Body({ content }: { readonly content: ContentView }) {
  const say = useText(text);
  const format = useFormat();
  const body = useBody(content, say('notHash'));
  if (content.missing === 'body') return null;
  return (
    <section>
      <Title order={3} fz="sm" mb="xs">
        {say('body')}
      </Title>
      {body.isPending && <Skeleton h={120} />}
      {body.isError && <Problem error={body.error} what={say('bodyFailed')} />}
      {body.data !== undefined && (
        <Code block tabIndex={0} mah={360} style={{ overflow: 'auto', whiteSpace: 'pre-wrap' }}>
          {body.data}
        </Code>
      )}
      {content.sizeBytes > SHOWN_BYTES && (
        <Alert variant="light" color="gray" p="xs" mt="xs">
          {say('tooLong', { size: format.bytes(SHOWN_BYTES) })}
        </Alert>
      )}
    </section>
  );
}
