// What can be done with a job while one looks at it; stays in sight wherever one has scrolled.
import { Button, Group } from '@mantine/core';
import { isCommandKind } from '@muster/protocol/commands';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { Problem } from '../../parts/Problem.tsx';
import type { Job } from '../../signing/api.ts';
import { decodeCommand } from '../../signing/CommandFacts.tsx';
import { GoButton } from '../../signing/Go.tsx';
import { HaltDialog } from '../../signing/HaltDialog.tsx';
import { ReasonForm } from '../../signing/ReasonForm.tsx';
import { retryStates } from '../../signing/states.tsx';
import { text } from './text.ts';

/** Puts what the server answers in the place of the job. */
export function useJobAct(id: string) {
  const queries = useQueryClient();
  const path = { id };
  return useMutation({
    mutationFn: async ({
      act,
      reason,
    }: {
      readonly act: 'cancel' | 'hold' | 'continue';
      readonly reason: string;
    }) => {
      if (act === 'continue') return take(api.POST('/api/v1/jobs/{id}/continue', { params: { path } }));
      const body = { reason };
      return act === 'hold'
        ? take(api.POST('/api/v1/jobs/{id}/hold', { params: { path }, body }))
        : take(api.POST('/api/v1/jobs/{id}/cancel', { params: { path }, body }));
    },
    onSuccess: (job) => {
      queries.setQueryData(['job', id], job);
      void queries.invalidateQueries({ queryKey: ['runs', id] });
    },
  });
}

/** Where another try for those that failed begins; null where none failed, or nothing can be repeated. */
function retryLink({ id, counts, envelope }: Job) {
  const command = decodeCommand(envelope);
  const states = retryStates.filter((state) => (counts[state] ?? 0) > 0);
  if (command === null || states.length === 0 || !isCommandKind(command.kind)) return null;
  const { kind, args, reason } = command;
  return { to: '/act', search: { kind, args, reason, job: id, states } };
}

export function Actions({ job }: { readonly job: Job }) {
  const say = useText(text);
  const [asked, setAsked] = useState<'cancel' | 'hold' | null>(null);
  const [isHalting, setHalting] = useState(false);
  const act = useJobAct(job.id);
  const { state, endedAt } = job;
  const retry = retryLink(job);
  const isOpen = endedAt === null && state !== 'canceled';
  return (
    <>
      <Group gap="xs">
        {retry !== null && (
          <GoButton {...retry} variant="default">
            {say('retry')}
          </GoButton>
        )}
        {state === 'held' && (
          <Button loading={act.isPending} onClick={() => act.mutate({ act: 'continue', reason: '' })}>
            {say('resume')}
          </Button>
        )}
        {state === 'running' && endedAt === null && (
          <Button variant="default" onClick={() => setAsked('hold')}>
            {say('hold')}
          </Button>
        )}
        {isOpen && (
          <Button variant="default" onClick={() => setAsked('cancel')}>
            {say('cancel')}
          </Button>
        )}
        <Button color="red" onClick={() => setHalting(true)}>
          {say('halt')}
        </Button>
      </Group>
      {act.isError && asked === null && <Problem error={act.error} what={say('actFailed')} />}
      <Reason asked={asked} onClose={() => setAsked(null)} id={job.id} />
      <HaltDialog opened={isHalting} onClose={() => setHalting(false)} job={job.id} />
    </>
  );
}

interface ReasonProps {
  readonly asked: 'cancel' | 'hold' | null;
  readonly onClose: () => void;
  readonly id: string;
}

/** Why it is held or canceled: others will want to know. */
function Reason({ asked, onClose, id }: ReasonProps) {
  const say = useText(text);
  return (
    <Dialog opened={asked !== null} onClose={onClose} title={asked === null ? '' : say(asked)}>
      {asked !== null && <StopForm act={asked} onClose={onClose} id={id} />}
    </Dialog>
  );
}

function StopForm({ act, onClose, id }: { readonly act: 'cancel' | 'hold' } & Omit<ReasonProps, 'asked'>) {
  const say = useText(text);
  const stop = useJobAct(id);
  return (
    <ReasonForm
      isGrave={act === 'cancel'}
      happens={say(`${act}Happens`)}
      usual={say(`${act}Reason`)}
      act={say(act)}
      failed={say('actFailed')}
      sending={stop}
      onSubmit={(reason) => stop.mutate({ act, reason }, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
