// All policies in force: for whom each is, who signed it, and how many devices hold the set.
import { Alert, Anchor, Badge, Box, Group, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { useFormat } from '../../parts/format.ts';
import { Loaded } from '../../parts/Loaded.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { Status } from '../../parts/Status.tsx';
import { When } from '../../parts/When.tsx';
import { GoButton } from '../../signing/Go.tsx';
import { type InForce, type PolicyInForce, usePolicies } from './data.ts';
import { Holders } from './Holders.tsx';
import { Rollout } from './Rollout.tsx';
import { text } from './text.ts';
import { Whom } from './Whom.tsx';

export function View() {
  const say = useText(text);
  const policies = usePolicies();
  return (
    <>
      <PageHead
        title={say('title')}
        docs="policies"
        actions={<GoButton to="/new-policy">{say('newPolicy')}</GoButton>}
      />
      <Loaded query={policies} failed={say('failed')} heightPx={240}>
        {(found) => (found.set === null ? <Nothing /> : <Shown inForce={found} />)}
      </Loaded>
    </>
  );
}

/** Nothing is in force: how one begins. */
function Nothing() {
  const say = useText(text);
  return (
    <Empty title={say('emptyTitle')} why={say('emptyWhy')} docs="policies#write-one">
      <Stack gap={6} mt="xs" w="100%" maw={460} ta="start">
        <Command command="muster plan -f policies" />
        <Command command="muster apply -f policies" />
      </Stack>
    </Empty>
  );
}

function Shown({ inForce }: { readonly inForce: InForce }) {
  const say = useText(text);
  const { set, policies, devices } = inForce;
  const isVoid = set?.isVoid === true;
  return (
    <Stack gap="md">
      {isVoid && (
        <Notice title={say('voidTitle')}>
          {say('voidWhy')} <VoidCommand />
        </Notice>
      )}
      {!isVoid && policies.some((one) => one.isVoid) && (
        <Notice title={say('voidSomeTitle', { count: policies.filter((one) => one.isVoid).length })}>
          {say('voidSomeWhy')} <VoidCommand />
        </Notice>
      )}
      <Group gap="xl" align="flex-start">
        <SetFacts set={set} />
        <Holders devices={devices} />
      </Group>
      {set !== null && !isVoid && <Rollout digest={set.digest} />}
      {policies.length === 0 ? (
        <Empty title={say('noneTitle')} why={say('noneWhy')} docs="policies#plan-and-apply" />
      ) : (
        <List policies={policies} />
      )}
    </Stack>
  );
}

function Notice({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Alert
      color="gray"
      variant="light"
      title={title}
      icon={<IconAlertTriangle aria-hidden />}
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
    >
      {children}
    </Alert>
  );
}

function VoidCommand() {
  return (
    <Box mt="xs" maw={460}>
      <Command command="muster apply -f policies" />
    </Box>
  );
}

/** Which set it is, since when and by whom. */
function SetFacts({ set }: Pick<InForce, 'set'>) {
  const say = useText(text);
  if (set === null) return null;
  return (
    <Box className="muster-grow">
      <Text fw={600}>{say('set', { version: set.version })}</Text>
      <Text size="sm">
        {say('signedBy', { who: set.requester })} <When at={set.storedAt} />
      </Text>
      <Text size="sm" c="dimmed">
        {say('reason', { reason: set.reason })}
      </Text>
    </Box>
  );
}

function List({ policies }: { readonly policies: readonly PolicyInForce[] }) {
  const say = useText(text);
  return (
    <ShortTable
      label={say('title')}
      minWidthPx={760}
      heads={[
        say('policy'),
        say('mode'),
        { word: say('rules'), isNumeric: true },
        { word: say('priority'), isNumeric: true },
        say('whom'),
        say('since'),
      ]}
    >
      {policies.map((policy) => (
        <Line key={policy.name} policy={policy} />
      ))}
    </ShortTable>
  );
}

function Line({ policy }: { readonly policy: PolicyInForce }) {
  const say = useText(text);
  const format = useFormat();
  const { name, title, owner, mode, rules, priority, on, except, requester, at, isVoid } = policy;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/policies/${name}`} fw={600} size="sm">
          {name}
        </Anchor>
        <Text size="sm">{title}</Text>
        <Text size="xs" c="dimmed">
          {say('owner', { owner })}
        </Text>
      </Table.Td>
      <Table.Td>
        <Badge variant="default" tt="none" fw={500}>
          {say(mode === 'enforce' ? 'enforce' : 'audit')}
        </Badge>
        {isVoid && <Status tone="bad" word={say('void')} detail={say('voidSomeWhy')} />}
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {format.number(rules)}
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {format.number(priority)}
      </Table.Td>
      <Table.Td>
        <Whom on={on} except={except} />
      </Table.Td>
      <Table.Td>
        <Text size="sm">{requester}</Text>
        <Text size="xs" c="dimmed">
          <When at={at} />
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
