// Alerts with their tabs: the list, who is told, what was sent, and the limits.
import { Stack, Tabs } from '@mantine/core';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { PageHead } from '../../parts/PageHead.tsx';
import { searchChoice, useSearchState } from '../../parts/search-state.ts';
import { Limits } from './Limits.tsx';
import { List } from './List.tsx';
import { Log } from './Log.tsx';
import { Routing } from './Routing.tsx';
import { parseSearch, tabs } from './search.ts';
import { text } from './text.ts';

export function View() {
  const say = useText(text);
  const may = useMay();
  const [{ tab = 'alerts' }, set] = useSearchState(parseSearch);
  const shown = tabs.filter((one) => may('notifications.read') || one === 'alerts' || one === 'limits');
  return (
    <Stack gap="sm">
      <PageHead title={say('title')} docs="architecture/notifications" />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(value) =>
          set({ tab: searchChoice(value, tabs) ?? null, state: null, alert: null, sent: null })
        }
      >
        <Tabs.List mb="sm">
          {shown.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {say(one)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="alerts">
          <List />
        </Tabs.Panel>
        <Tabs.Panel value="routing">
          <Routing />
        </Tabs.Panel>
        <Tabs.Panel value="log">
          <Log />
        </Tabs.Panel>
        <Tabs.Panel value="limits">
          <Limits />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
