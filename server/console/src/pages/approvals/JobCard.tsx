// A command that waits for its second signature.
import { Button, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { classOf } from '@muster/protocol';
import type { Command } from '@muster/protocol/commands';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { ConfirmByTyping } from '../../parts/ConfirmByTyping.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { useFormat } from '../../parts/format.ts';
import { useNow } from '../../parts/now.ts';
import { Problem } from '../../parts/Problem.tsx';
import type { ApiEnvelope, Job } from '../../signing/api.ts';
import { CliCommand } from '../../signing/CliCommand.tsx';
import { CommandFacts, decodeCommand } from '../../signing/CommandFacts.tsx';
import { GoLink } from '../../signing/Go.tsx';
import { unsignedOf } from '../../signing/gesture.ts';
import { ReasonForm } from '../../signing/ReasonForm.tsx';
import type { Signing } from '../../signing/use-signing.ts';
import { isSignedDirectly } from '../../signing/ways.ts';
import { text } from './text.ts';

interface Props {
  readonly id: string;
  readonly signing: Signing;
}

export function JobCard({ id, signing }: Props) {
  const { data: job } = useQuery({
    queryKey: ['job', id],
    queryFn: () => take(api.GET('/api/v1/jobs/{id}', { params: { path: { id } } })),
  });
  return job === undefined ? <Skeleton h={260} /> : <Shown job={job} signing={signing} />;
}

function Shown({ job, signing }: { readonly job: Job; readonly signing: Signing }) {
  const say = useText(text);
  const { id, kind, requester, reason, signers, needed, notAfter, envelope } = job;
  const command = decodeCommand(envelope);
  const format = useFormat();
  const nowMs = useNow();
  return (
    <Paper withBorder p="md" component="article">
      <Group justify="space-between" mb="xs">
        <Title order={2} fz="md">
          {say('job', { kind })}
        </Title>
        <GoLink to={`/jobs/${id}`} inherit={false} size="sm">
          {say('open')}
        </GoLink>
      </Group>
      <Text size="sm">{say('asks', { who: requester, why: reason })}</Text>
      <Text size="sm" mb="sm">
        {say('signed', { who: signers.join(', ') || say('nobody'), count: signers.length, needed })}{' '}
        {say('expires', { when: format.relative(Date.parse(notAfter), nowMs) })}
      </Text>
      <Stack gap="sm">
        {envelope === null && <Text size="sm">{say('hidden')}</Text>}
        {envelope !== null && <CommandFacts envelope={envelope} trust={signing.trust} />}
        {envelope !== null && command !== null && (
          <Decide job={job} command={command} envelope={envelope} signing={signing} />
        )}
      </Stack>
    </Paper>
  );
}

interface DecideProps {
  readonly job: Job;
  readonly command: Command;
  readonly envelope: ApiEnvelope;
  readonly signing: Signing;
}

function useApprove({ job, command, envelope, signing }: DecideProps) {
  const queries = useQueryClient();
  const { trust } = signing;
  const commandClass = classOf(command.kind, trust.classes);
  const isDirect = isSignedDirectly(trust, envelope);
  const wish = { role: 'approve', kind: command.kind, commandClass, isDirect } as const;
  const way = signing.wayOf(wish);
  const approve = useMutation({
    mutationFn: async () => {
      if (way.by !== 'passkey') throw new Error('signing by passkey is not possible here');
      const signed = await signing.seal(unsignedOf(envelope), way);
      const params = { path: { id: job.id } };
      return take(api.POST('/api/v1/jobs/{id}/signatures', { params, body: { envelope: signed } }));
    },
    onSuccess: (next) => {
      queries.setQueryData(['job', job.id], next);
      void queries.invalidateQueries({ queryKey: ['jobs'] });
    },
  });
  return { approve, way, wish, commandClass };
}

function Decide(props: DecideProps) {
  const { job, signing } = props;
  const say = useText(text);
  const { approve, way, wish, commandClass } = useApprove(props);
  const [isAsking, setAsking] = useState(false);
  const [isRejecting, setRejecting] = useState(false);
  const isMine = way.by === 'passkey' && job.signers.includes(way.signer);
  const isGrave = commandClass === 'destructive' && !job.dryRun;
  return (
    <>
      {approve.isError && <Problem error={approve.error} what={say('approveFailed')} />}
      {isMine && <Text size="sm">{say('mine')}</Text>}
      {way.by !== 'passkey' && (
        <CliCommand
          way={way}
          wish={wish}
          trust={signing.trust}
          lines={[{ label: say('line'), line: `muster approve ${job.id}` }]}
        />
      )}
      <Group gap="xs">
        {way.by === 'passkey' && !isMine && (
          <Button loading={approve.isPending} onClick={() => (isGrave ? setAsking(true) : approve.mutate())}>
            {say('approve')}
          </Button>
        )}
        <Button variant="default" onClick={() => setRejecting(true)}>
          {say('reject')}
        </Button>
      </Group>
      <ConfirmByTyping
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={say('job', { kind: job.kind })}
        happens={say('happens')}
        undo={say('undo')}
        expected={job.kind}
        act={say('approve')}
        onConfirm={async () => {
          await approve.mutateAsync();
        }}
      />
      <Dialog opened={isRejecting} onClose={() => setRejecting(false)} title={say('reject')}>
        <Reject id={job.id} onClose={() => setRejecting(false)} />
      </Dialog>
    </>
  );
}

function Reject({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const say = useText(text);
  const queries = useQueryClient();
  const reject = useMutation({
    mutationFn: (reason: string) =>
      take(api.POST('/api/v1/jobs/{id}/cancel', { params: { path: { id } }, body: { reason } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['jobs'] });
      onClose();
    },
  });
  return (
    <ReasonForm
      isGrave
      happens={say('rejectHappens')}
      usual={say('rejected')}
      act={say('reject')}
      failed={say('rejectFailed')}
      sending={reject}
      onSubmit={reject.mutate}
      onClose={onClose}
    />
  );
}
