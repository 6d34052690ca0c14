// What of the fleet meets its policies: all policies, the rules of one, the devices behind a rule.
import { Stack, Table, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { Loaded } from '../../parts/Loaded.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { addShares, type Share, type Shares, useShares } from './data.ts';
import { Items } from './Items.tsx';
import { addressOf } from './links.ts';
import { Failing, ShareBar } from './Share.tsx';
import { parseSearch } from './search.ts';
import { Trend } from './Trend.tsx';
import { text } from './text.ts';

export function View() {
  const say = useText(text);
  const [{ policy, rule, state }, set] = useSearchState(parseSearch);
  const title = rule ?? policy ?? say('title');
  const crumbs = [
    ...(policy === undefined ? [] : [{ label: say('title'), to: '/compliance' }]),
    ...(policy === undefined || rule === undefined ? [] : [{ label: policy, to: addressOf({ policy }) }]),
  ];
  return (
    <>
      <PageHead title={title} docs="policies#see-who-complies" {...(crumbs.length > 0 && { crumbs })} />
      {policy === undefined ? (
        <Policies />
      ) : rule === undefined ? (
        <Rules policy={policy} />
      ) : (
        <Items {...{ policy, rule }} {...(state && { state })} onState={(next) => set({ state: next })} />
      )}
    </>
  );
}

function Policies() {
  const say = useText(text);
  const shares = useShares();
  return (
    <Loaded query={shares} failed={say('failed')} heightPx={240}>
      {({ policies }) =>
        policies.length === 0 ? (
          <Empty title={say('emptyTitle')} why={say('emptyWhy')} docs="policies#see-who-complies">
            <PageLink to="/policies">{say('toPolicies')}</PageLink>
          </Empty>
        ) : (
          <Stack gap="md">
            <Sum shares={policies} />
            <ShortTable
              label={say('title')}
              minWidthPx={640}
              heads={[say('policy'), say('shareHead'), say('failingHead')]}
            >
              {policies.map(({ policy, ...share }) => (
                <Line key={policy} name={policy} to={addressOf({ policy })} share={share} />
              ))}
            </ShortTable>
            <Command command="muster compliance --csv" />
          </Stack>
        )
      }
    </Loaded>
  );
}

function Rules({ policy }: { readonly policy: string }) {
  const say = useText(text);
  const shares = useShares(policy);
  return (
    <Loaded query={shares} failed={say('failed')} heightPx={240}>
      {({ policies, rules }) => (
        <Stack gap="md">
          <Text size="sm">
            <PageLink to={`/policies/${policy}`}>{say('toPolicy')}</PageLink>
          </Text>
          {rules.length === 0 ? (
            <Text size="sm">{say('nothingSaid')}</Text>
          ) : (
            <>
              <Sum shares={policies} policy={policy} />
              <ShortTable
                label={say('rules')}
                minWidthPx={640}
                heads={[say('rule'), say('severity'), say('shareHead'), say('failingHead')]}
              >
                {rules.map((one) => (
                  <RuleLine key={one.rule} policy={policy} one={one} />
                ))}
              </ShortTable>
            </>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

function RuleLine({ policy, one }: { readonly policy: string; readonly one: Shares['rules'][number] }) {
  const say = useText(text);
  const { rule, title, severity, ...share } = one;
  return (
    <Line
      name={rule}
      more={title ?? say('goneRule')}
      middle={severity ?? ''}
      to={addressOf({ policy, rule })}
      share={share}
    />
  );
}

interface LineProps {
  readonly name: string;
  readonly more?: string;
  readonly middle?: string;
  readonly to: string;
  readonly share: Share;
}

function Line({ name, more, middle, to, share }: LineProps) {
  return (
    <Table.Tr>
      <Table.Td>
        <PageLink to={to} fw={600} size="sm">
          {name}
        </PageLink>
        {more !== undefined && <Text size="sm">{more}</Text>}
      </Table.Td>
      {middle !== undefined && <Table.Td>{middle}</Table.Td>}
      <Table.Td miw={200}>
        <ShareBar share={share} />
      </Table.Td>
      <Table.Td>
        <Failing counts={share.counts} />
      </Table.Td>
    </Table.Tr>
  );
}

/** All of it in one line, and over time. */
function Sum({ shares, policy }: { readonly shares: readonly Share[]; readonly policy?: string }) {
  const sum = addShares(shares);
  return (
    <Stack gap={6} maw={520}>
      <ShareBar share={sum} />
      <Failing counts={sum.counts} />
      <Trend {...(policy === undefined ? {} : { policy })} />
    </Stack>
  );
}
