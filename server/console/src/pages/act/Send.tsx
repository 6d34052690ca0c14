// The last step: a dry run first, then for real; by a gesture here, or by the line for a terminal.

import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { toUnsigned } from '@muster/protocol';
import { COMMAND_TYPE, MAX_LISTED_TARGETS } from '@muster/protocol/commands';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { ConfirmByTyping } from '../../parts/ConfirmByTyping.tsx';
import { useFormat } from '../../parts/format.ts';
import { Problem } from '../../parts/Problem.tsx';
import { CliCommand } from '../../signing/CliCommand.tsx';
import { kindText } from '../../signing/kind-texts.ts';
import { readIds, toCommandLine, toJobOptions, writeCommand } from '../../signing/order.ts';
import type { Signing } from '../../signing/use-signing.ts';
import type { Wish } from '../../signing/ways.ts';
import { type ReviewProps, useBudget } from './Review.tsx';
import { text } from './text.ts';

interface Props extends ReviewProps {
  readonly signing: Signing;
  /** Why it cannot be signed yet; null: it can. */
  readonly fault: string | null;
  readonly wish: Wish;
}

/** Devices that are named in a line for a terminal. */
const MAX_LINE_DEVICES = 200;

/** Signs and hands in, then shows the job. */
function useOrder({ choice, snapshot, on, signing, wish }: Props) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ isDryRun }: { readonly isDryRun: boolean }) => {
      const way = signing.wayOf(wish);
      if (way.by !== 'passkey') throw new Error('signing by passkey is not possible here');
      const { trust, changed } = signing;
      const requester = way.signer;
      const command = await writeCommand({ choice, snapshot, on, trust, requester, isDryRun, changed });
      const envelope = await signing.seal(toUnsigned(COMMAND_TYPE, command), way);
      const options = toJobOptions(choice, on);
      return take(api.POST('/api/v1/jobs', { body: { envelope, snapshot: snapshot.snapshot, options } }));
    },
    onSuccess: (job) => {
      void queries.invalidateQueries({ queryKey: ['jobs'] });
      return navigate({ to: `/jobs/${job.id}` });
    },
  });
}

/** Why these devices are too many; null: they are not. */
function useTooMany({ gravity, snapshot, signer }: Props): string | null {
  const say = useText(text);
  const budget = useBudget({ gravity, signer });
  const { count } = snapshot;
  if (gravity.commandClass === 'destructive' && count > MAX_LISTED_TARGETS) return say('tooMany');
  if (budget === undefined) return null;
  const { signer: own, organization } = budget;
  const isOver = own.used + count > own.most || organization.used + count > organization.most;
  return isOver ? say('overBudget') : null;
}

export function Send(props: Props) {
  const { signing, wish, fault } = props;
  const tooMany = useTooMany(props);
  const why = fault ?? tooMany;
  const way = signing.wayOf(wish);
  if (why !== null)
    return (
      <Alert color="gray" variant="light" p="xs">
        {why}
      </Alert>
    );
  if (way.by === 'passkey') return <Buttons {...props} />;
  return <Lines {...props} />;
}

function Buttons(props: Props) {
  const { gravity, snapshot, choice } = props;
  const say = useText(text);
  const sayKind = useText(kindText);
  const format = useFormat();
  const order = useOrder(props);
  const [isAsking, setAsking] = useState(false);
  const { count } = snapshot;
  const run = say('run', { count, shown: format.number(count) });
  const expected = count === 1 ? (snapshot.devices[0]?.hostname ?? '1') : String(count);
  const send = (isDryRun: boolean) => order.mutate({ isDryRun });
  return (
    <Stack gap="xs">
      {order.isError && <Problem error={order.error} what={say('orderFailed')} />}
      <Group gap="xs">
        {gravity.changes && (
          <Button
            onClick={() => send(true)}
            loading={order.isPending && order.variables.isDryRun}
            title={say('dryRunHelp')}
          >
            {say('dryRun')}
          </Button>
        )}
        <Button
          variant={gravity.changes ? 'default' : 'filled'}
          onClick={() => (gravity.isGrave ? setAsking(true) : send(false))}
          loading={order.isPending && !order.variables.isDryRun}
        >
          {run}
        </Button>
      </Group>
      {gravity.changes && (
        <Text size="xs" c="dimmed">
          {say('dryRunHelp')}
        </Text>
      )}
      <ConfirmByTyping
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={sayKind(`${choice.kind}/name`)}
        happens={sayKind(`${choice.kind}/happens`)}
        undo={sayKind(`${choice.kind}/undo`)}
        expected={expected}
        act={run}
        onConfirm={async () => {
          await order.mutateAsync({ isDryRun: false });
        }}
      />
    </Stack>
  );
}

function Lines({ choice, snapshot, on, signing, wish, gravity }: Props) {
  const say = useText(text);
  const { data: ids } = useQuery({
    queryKey: ['targets', snapshot.snapshot, 'ids'],
    queryFn: () => readIds(snapshot),
    enabled: on === undefined,
  });
  const way = signing.wayOf(wish);
  if (way.by === 'passkey' || (on === undefined && ids === undefined)) return null;
  const devices = (ids ?? []).slice(0, MAX_LINE_DEVICES);
  const line = (isDryRun: boolean) => toCommandLine(choice, { on, devices, isDryRun });
  const lines = gravity.changes
    ? [
        { label: say('lineDry'), line: line(true) },
        { label: say('lineRun'), line: line(false) },
      ]
    : [{ label: say('lineOnly'), line: line(false) }];
  return <CliCommand way={way} wish={wish} trust={signing.trust} lines={lines} />;
}
