// A page of the docs, read from the server and drawn here: no outside host, no markup from text.
import { Anchor, Code, List, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ApiError } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { PageHead } from '../../parts/PageHead.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { type Block, parseLine, parseMarkdown, resolveLink } from './parse.ts';
import { text } from './text.ts';

/** A long text that is set anew when its font comes jumps; where it does not come, the font of the system does. */
async function awaitFont(): Promise<void> {
  await Promise.allSettled([document.fonts.load("1rem 'Inter Variable'")]);
}

async function readPage(page: string): Promise<string> {
  const response = await fetch(`/docs/${page}.md`);
  if (response.ok) return response.text();
  throw new ApiError(response.status, { detail: `docs/${page}.md` });
}

export function View() {
  const say = useText(text);
  const { pathname, hash } = useRouterState({ select: (state) => state.location });
  const page = decodeURIComponent(pathname.slice('/help/'.length));
  const docs = useQuery({
    queryKey: ['help', page],
    queryFn: async () => {
      const [markdown] = await Promise.all([readPage(page), awaitFont()]);
      return parseMarkdown(markdown);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  const blocks = docs.data;
  useEffect(() => {
    if (blocks !== undefined && hash !== '') document.getElementById(hash)?.scrollIntoView();
  }, [blocks, hash]);
  const title = blocks?.find((block) => block.kind === 'heading')?.text ?? say('title');
  return (
    <Stack gap="sm" maw={820}>
      <PageHead title={title} crumbs={[{ label: say('title'), to: '/help/architecture/console' }]} />
      {say('note') !== '' && (
        <Text size="sm" c="dimmed">
          {say('note')}
        </Text>
      )}
      {docs.isError && <Problem error={docs.error} what={say('failed')} retry={() => void docs.refetch()} />}
      {docs.isPending && <Skeleton h={300} />}
      <div lang="en">
        {blocks?.slice(1).map((block, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a page never change their order
          <Shown key={index} block={block} page={page} />
        ))}
      </div>
    </Stack>
  );
}

function Line({ line, page }: { readonly line: string; readonly page: string }) {
  return parseLine(line).map((piece, index) => {
    const key = `${index}${piece.text}`;
    if (piece.kind === 'code') return <Code key={key}>{piece.text}</Code>;
    if (piece.kind === 'em') return <em key={key}>{piece.text}</em>;
    if (piece.kind === 'strong') return <strong key={key}>{piece.text}</strong>;
    const to = piece.kind === 'link' ? resolveLink(page, piece.to) : null;
    if (to === null) return <span key={key}>{piece.text}</span>;
    const [path = '', hash = ''] = to.split('#');
    return (
      <Anchor key={key} component={Link} to={path} hash={hash} inherit underline="always">
        {piece.text}
      </Anchor>
    );
  });
}

function Shown({ block, page }: { readonly block: Block; readonly page: string }) {
  switch (block.kind) {
    case 'heading':
      return (
        <Title
          id={block.anchor}
          order={block.level <= 2 ? 2 : 3}
          fz={block.level <= 2 ? 'lg' : 'md'}
          mt="lg"
          mb={4}
        >
          <Line line={block.text} page={page} />
        </Title>
      );
    case 'text':
      return (
        <Text mb="sm" lh={1.6}>
          <Line line={block.text} page={page} />
        </Text>
      );
    case 'code':
      return (
        <Code block mb="sm" tabIndex={0}>
          {block.text}
        </Code>
      );
    case 'list':
      return (
        <List type={block.isOrdered ? 'ordered' : 'unordered'} mb="sm" spacing={4}>
          {block.items.map((item) => (
            <List.Item key={item}>
              <Line line={item} page={page} />
            </List.Item>
          ))}
        </List>
      );
    case 'table':
      return <DocsTable block={block} page={page} />;
  }
}

function DocsTable({
  block,
  page,
}: {
  readonly block: Extract<Block, { kind: 'table' }>;
  readonly page: string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section className="muster-scroll" aria-label={block.head.join(', ')} tabIndex={0}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {block.head.map((cell) => (
              <TableHead key={cell} cell={cell} page={page} />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {block.rows.map((row) => (
            <Table.Tr key={row.join('|')}>
              {row.map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns stand where they stand
                <Table.Td key={index}>
                  <Line line={cell} page={page} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

/** A column without a name has no head. */
function TableHead({ cell, page }: { readonly cell: string; readonly page: string }) {
  if (cell === '') return <Table.Td />;
  return (
    <Table.Th>
      <Line line={cell} page={page} />
    </Table.Th>
  );
}
