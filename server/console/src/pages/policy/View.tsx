// One policy: its head, and behind tabs its rules, its file, and its history.
import { Anchor, Box, Stack, Tabs, Text } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { Loaded } from '../../parts/Loaded.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { Status } from '../../parts/Status.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { When } from '../../parts/When.tsx';
import { GoButton } from '../../signing/Go.tsx';
import { type Row, useHistory, usePolicies, useRevision } from '../policies/data.ts';
import { File } from './File.tsx';
import { History } from './History.tsx';
import { Rules } from './Rules.tsx';
import { parseSearch, tabs } from './search.ts';
import { text } from './text.ts';
import { chooseShown, nameVersion, toRollbackLine } from './versions.ts';

export function View() {
  const say = useText(text);
  const { name = '' }: { readonly name?: string } = useParams({ strict: false });
  const history = useHistory(name);
  const [{ revision }] = useSearchState(parseSearch);
  const rows = history.data?.revisions ?? [];
  const shown = chooseShown(rows, revision);
  return (
    <>
      <PageHead
        title={name}
        crumbs={[{ label: say('policies'), to: '/policies' }]}
        docs="policies"
        actions={shown !== undefined && <Actions row={shown} rows={rows} />}
        beside={shown !== undefined && <Standing row={shown} newest={rows[0]} />}
      />
      <Loaded query={history} failed={say('failed')} heightPx={320}>
        {() => shown !== undefined && <Shown row={shown} rows={rows} />}
      </Loaded>
    </>
  );
}

/** Writing it, and taking it out of force. Who may not apply may still see what a change would do. */
function Actions({ row: { name }, rows }: ShownProps) {
  const say = useText(text);
  if (!rows.some(({ isInForce }) => isInForce)) return null;
  return (
    <>
      <GoButton to={`/policies/${name}/edit`} search={{ act: 'delete' }} variant="default">
        {say('takeOut')}
      </GoButton>
      <GoButton to={`/policies/${name}/edit`}>{say('edit')}</GoButton>
    </>
  );
}

/** Which version this is, and whether it counts. */
function Standing({ row, newest }: { readonly row: Row; readonly newest: Row | undefined }) {
  const say = useText(text);
  const policies = usePolicies();
  const version = nameVersion(row, newest);
  const member = policies.data?.policies.find(({ digest }) => digest === row.digest);
  if (!row.isInForce) return <Status tone="idle" word={say('notInForce', { version })} />;
  if (member?.isVoid === true) return <Status isSentence tone="bad" word={say('isVoid', { version })} />;
  return <Status tone="good" word={say('inForce', { version })} />;
}

interface ShownProps {
  readonly row: Row;
  readonly rows: readonly Row[];
}

function Shown({ row, rows }: ShownProps) {
  const say = useText(text);
  const revision = useRevision(row.name, row.digest);
  const [search, set] = useSearchState(parseSearch);
  const tab = search.tab ?? 'rules';
  return (
    <Stack gap="md">
      <Signed row={row} />
      {!row.isInForce && <GoBack row={row} rows={rows} />}
      <Tabs
        value={tab}
        onChange={(next) => set({ tab: tabs.find((one) => one === next && one !== 'rules') ?? null })}
        keepMounted={false}
        activateTabWithKeyboard={false}
      >
        <Tabs.List aria-label={say('tabs')}>
          {tabs.map((one) => (
            <Tabs.Tab key={one} value={one} px="sm">
              {say(one)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="md">
          {tab === 'history' ? (
            <History name={row.name} rows={rows} shown={row} />
          ) : (
            <Loaded query={revision} failed={say('revisionFailed')} heightPx={280}>
              {(found) => (tab === 'file' ? <File revision={found} /> : <Rules revision={found} />)}
            </Loaded>
          )}
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Signed({ row: { requester, at, reason } }: Pick<ShownProps, 'row'>) {
  const say = useText(text);
  return (
    <Box>
      <Text size="sm">
        {say('signedBy', { who: requester })} <When at={at} />
      </Text>
      <Text size="sm" c="dimmed">
        {say('reason', { reason })}
      </Text>
    </Box>
  );
}

/** An older version, or one that was taken out of force: the way back to it. */
function GoBack({ row, rows }: ShownProps) {
  const say = useText(text);
  const inForce = rows.find(({ isInForce }) => isInForce);
  return (
    <Box component="section" aria-label={say('goBack')} maw={640}>
      <Text size="sm" mb={4}>
        {inForce === undefined ? say('goneWhy') : say('olderWhy', { version: nameVersion(inForce, rows[0]) })}{' '}
        {inForce !== undefined && (
          <Anchor component={Link} to={`/policies/${row.name}`} inherit underline="always">
            {say('showInForce')}
          </Anchor>
        )}
      </Text>
      <GoButton to={`/policies/${row.name}/edit`} search={{ from: row.digest }} variant="default" mb="xs">
        {say('goBackHere')}
      </GoButton>
      <Text size="sm" mb={4}>
        {say('goBackHow')}
      </Text>
      <Command command={toRollbackLine(row.name, row)} />
    </Box>
  );
}
