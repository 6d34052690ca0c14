// What will happen, before anybody signs: how many devices, who is left out and why, when, how far it may reach, how to undo it.
import { Alert, List, Stack, Table, Text } from '@mantine/core';
import { type HaltScope, matchesKind } from '@muster/protocol/commands';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import type { HaltView } from '../../signing/api.ts';
import { kindText } from '../../signing/kind-texts.ts';
import type { Gravity } from '../../signing/kinds.ts';
import type { Choice, Snapshot } from '../../signing/order.ts';
import { ClassBadge } from './KindForm.tsx';
import { useUsualStop } from './Options.tsx';
import { text } from './text.ts';

export interface ReviewProps {
  readonly choice: Choice;
  readonly snapshot: Snapshot;
  readonly on: string | undefined;
  readonly gravity: Gravity;
  /** The signer whose budget counts; empty: nobody here. */
  readonly signer: string;
}

const HOUR_MS = 3_600_000;

/** What of the budgets is used; a person who may not see them is told nothing. */
export function useBudget({ gravity, signer }: Pick<ReviewProps, 'gravity' | 'signer'>) {
  const { data } = useQuery({
    queryKey: ['budgets', signer],
    queryFn: () => take(api.GET('/api/v1/budgets', { params: { query: { signer } } })),
    retry: false,
  });
  return data?.budgets.find((one) => one.class === gravity.commandClass);
}

/** Halts that would hold it. */
function useHolding(kind: string): HaltView[] {
  const { data } = useQuery({
    queryKey: ['halts'],
    queryFn: async () => (await take(api.GET('/api/v1/halts'))).halts,
    retry: false,
  });
  const holds = ({ what, scope }: HaltView) =>
    (what as HaltScope['what']) === 'all' || (what === 'kind' && matchesKind(scope, kind));
  return (data ?? []).filter((halt) => halt.state === 'in-force' && holds(halt));
}

export function Review(props: ReviewProps) {
  const { choice, gravity } = props;
  const say = useText(text);
  const sayKind = useText(kindText);
  const format = useFormat();
  const holding = useHolding(choice.kind);
  return (
    <Stack gap="xs" aria-live="polite">
      {holding.map(({ id, requester, until, reason }) => (
        <Alert key={id} color="orange" variant="light" p="xs">
          {say('halted', { who: requester, until: format.exact(Date.parse(until)), why: reason })}
        </Alert>
      ))}
      <Table variant="vertical" layout="fixed" withTableBorder>
        <Table.Tbody>
          <Fact name={say('happens')}>{sayKind(`${choice.kind}/happens`)}</Fact>
          <Fact name={say('undo')}>{sayKind(`${choice.kind}/undo`)}</Fact>
          <Reach {...props} />
          <Fact name={say('when')}>
            <When {...props} />
          </Fact>
          <Fact name={say('class')}>
            <ClassBadge commandClass={gravity.commandClass} />
          </Fact>
          <Fact name={say('budget')}>
            <Budget {...props} />
          </Fact>
          {props.on !== undefined && (
            <Fact name={say('condition')}>{props.snapshot.isDeviceOnly ? say('bound') : say('unbound')}</Fact>
          )}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th w={120} scope="row" style={{ verticalAlign: 'top' }}>
        {name}
      </Table.Th>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{children}</Table.Td>
    </Table.Tr>
  );
}

/** How many, how many offline, which are left out and why. */
function Reach({ snapshot, choice }: ReviewProps) {
  const say = useText(text);
  const format = useFormat();
  const { count, online, offline, excluded, excludedCount } = snapshot;
  const until = format.exact(untilMs(choice));
  return (
    <Fact name={say('where')}>
      <Text fw={600} size="sm">
        {say('devices', { count, shown: format.number(count) })}
      </Text>
      <Text size="sm">{say('online', { count: format.number(online) })}</Text>
      <Text size="sm">
        {offline === 0 ? say('noOffline') : say('offline', { count: format.number(offline), until })}
      </Text>
      {excludedCount > 0 && (
        <>
          <Text size="sm" mt={4}>
            {say('excluded', { count: excludedCount, shown: format.number(excludedCount) })}
          </Text>
          <List size="sm">
            {excluded.slice(0, 8).map(({ id, hostname, why }) => (
              <List.Item key={id}>{`${hostname}: ${say(`excluded/${why}`)}`}</List.Item>
            ))}
            {excludedCount > 8 && (
              <List.Item>{say('excludedMore', { count: format.number(excludedCount - 8) })}</List.Item>
            )}
          </List>
        </>
      )}
    </Fact>
  );
}

/** After that nothing begins, ms since 1970. */
function untilMs({ notBeforeMs, expiresMs }: Choice): number {
  return (notBeforeMs ?? Date.now()) + expiresMs;
}

function When({ choice, gravity }: ReviewProps) {
  const say = useText(text);
  const format = useFormat();
  const usual = useUsualStop(gravity.commandClass);
  const { notBeforeMs, concurrency, batches, stopAtFailures } = choice;
  const until = format.exact(untilMs(choice));
  const stopsUsual = gravity.commandClass === 'routine' ? say('stopsNever') : say('stopsUsual', { usual });
  const sentences = [
    notBeforeMs === null
      ? say('atOnce', { until })
      : say('fromThen', { from: format.exact(notBeforeMs), until }),
    say('noWindows'),
    ...(batches.length > 0 ? [say('batchesThen', { batches: batches.join(', ') })] : []),
    ...(concurrency === null ? [] : [say('atATime', { count: format.number(concurrency) })]),
    stopAtFailures === null ? stopsUsual : say('stops', { count: format.number(stopAtFailures) }),
  ];
  return sentences.map((sentence) => (
    <Text key={sentence} size="sm">
      {sentence}
    </Text>
  ));
}

function Budget(props: ReviewProps) {
  const say = useText(text);
  const format = useFormat();
  const budget = useBudget(props);
  if (props.gravity.commandClass === 'routine') return say('noBudget');
  if (budget === undefined) return null;
  const share = props.signer === '' ? budget.organization : budget.signer;
  return say('budgetOf', {
    used: format.number(share.used),
    most: format.number(share.most),
    over: budget.overMs === HOUR_MS ? say('inHour') : say('inDay'),
  });
}
