// What was signed, by whom, how it is carried out, and the same order as a call of the API.
import { Code, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { decodeBase64url } from '@muster/protocol';
import { useMemo } from 'react';
import { toCurl } from '../../api/last-call.ts';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { useFormat } from '../../parts/format.ts';
import type { ApiEnvelope, Job } from '../../signing/api.ts';
import { CommandFacts, Fact } from '../../signing/CommandFacts.tsx';
import { useSigning } from '../../signing/use-signing.ts';
import { text } from './text.ts';

/** The call that hands this order in. The bytes are signed: sent again, they give the same job. */
function toCall(envelope: ApiEnvelope, options: Job['options']): string {
  const { on, concurrency, batches, stopAtFailures } = options;
  const body = {
    envelope,
    options: {
      ...(on !== null && { on }),
      ...(concurrency !== null && { concurrency }),
      ...(batches.length > 0 && { batches }),
      ...(stopAtFailures !== null && { stopAtFailures }),
    },
  };
  return toCurl({ method: 'POST', path: '/api/v1/jobs', data: JSON.stringify(body) }, location.origin);
}

export function Details({ job }: { readonly job: Job }) {
  const say = useText(text);
  const { envelope, signers } = job;
  return (
    <Stack gap="md">
      <section>
        <Title order={2} fz="md" mb="xs">
          {say('signed')}
        </Title>
        <Text size="sm" mb="xs">
          {say('signatures', { who: signers.join(', ') || say('nobody') })}
        </Text>
        {envelope === null && <Text size="sm">{say('hidden')}</Text>}
        {envelope !== null && <Signed envelope={envelope} />}
      </section>
      <Carried job={job} />
      {envelope !== null && <Bytes envelope={envelope} />}
      {envelope !== null && (
        <section>
          <Title order={2} fz="md">
            {say('apiCall')}
          </Title>
          <Text size="sm" c="dimmed" mb="xs">
            {say('apiHelp')}
          </Text>
          <Command command={toCall(envelope, job.options)} />
        </section>
      )}
    </Stack>
  );
}

function Signed({ envelope }: { readonly envelope: ApiEnvelope }) {
  const signing = useSigning();
  return signing === null ? <Skeleton h={200} /> : <CommandFacts envelope={envelope} trust={signing.trust} />;
}

function Bytes({ envelope }: { readonly envelope: ApiEnvelope }) {
  const say = useText(text);
  const bytes = useMemo(() => new TextDecoder().decode(decodeBase64url(envelope.payload)), [envelope]);
  return (
    <section>
      <Title order={2} fz="md" mb="xs">
        {say('bytes')}
      </Title>
      <Code
        block
        tabIndex={0}
        mah={200}
        style={{ whiteSpace: 'pre-wrap', overflow: 'auto', overflowWrap: 'anywhere' }}
      >
        {bytes}
      </Code>
    </section>
  );
}

function Carried({ job: { options, madeBy } }: { readonly job: Job }) {
  const say = useText(text);
  const format = useFormat();
  const { on, concurrency, batches, stopAtFailures } = options;
  return (
    <section>
      <Title order={2} fz="md" mb="xs">
        {say('carried')}
      </Title>
      <Table variant="vertical" layout="fixed" withTableBorder>
        <Table.Tbody>
          <Fact name={say('foundBy')}>{on === null ? say('byName') : <Code>{on}</Code>}</Fact>
          <Fact name={say('concurrency')}>
            {concurrency === null ? say('noLimit') : format.number(concurrency)}
          </Fact>
          {batches.length > 0 && <Fact name={say('rings')}>{`${batches.join(', ')} %`}</Fact>}
          <Fact name={say('stopAt')}>
            {stopAtFailures === null ? say('never') : format.number(stopAtFailures)}
          </Fact>
          <Fact name={say('madeBy')}>{madeBy}</Fact>
        </Table.Tbody>
      </Table>
    </section>
  );
}
