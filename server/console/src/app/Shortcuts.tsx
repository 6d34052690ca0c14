// The list of the keys that work on every page, behind `?`.
import { Group, Kbd, Modal, Stack, Table, Text } from '@mantine/core';
import { useStore } from '../parts/store.ts';
import { shortcutsOpen } from './switches.ts';
import { texts, useText } from './text.ts';

const text = texts({
  en: {
    title: 'Keyboard shortcuts',
    everywhere: 'Everywhere',
    palette: 'Pages, devices and actions',
    search: 'To the search of the page',
    help: 'This list',
    home: 'To Home',
    devices: 'To the devices',
    jobs: 'To the jobs',
    lists: 'In lists',
    move: 'Row up or down',
    ends: 'First or last row',
    choose: 'Choose the row',
    range: 'Choose up to here',
    open: 'Open the row',
    note: 'Letters one after the other, not at once.',
  },
  de: {
    title: 'Tastenkürzel',
    everywhere: 'Überall',
    palette: 'Seiten, Geräte und Aktionen',
    search: 'Zur Suche der Seite',
    help: 'Diese Liste',
    home: 'Zur Übersicht',
    devices: 'Zu den Geräten',
    jobs: 'Zu den Aufträgen',
    lists: 'In Listen',
    move: 'Eine Zeile hinauf oder hinab',
    ends: 'Erste oder letzte Zeile',
    choose: 'Zeile auswählen',
    range: 'Bis hierher auswählen',
    open: 'Zeile öffnen',
    note: 'Buchstaben nacheinander, nicht zugleich.',
  },
});

const groups = [
  {
    title: 'everywhere',
    keys: [
      ['palette', ['Ctrl', 'K']],
      ['search', ['/']],
      ['help', ['?']],
      ['home', ['g', 'h']],
      ['devices', ['g', 'd']],
      ['jobs', ['g', 'j']],
    ],
  },
  {
    title: 'lists',
    keys: [
      ['move', ['↑', '↓']],
      ['ends', ['Home', 'End']],
      ['choose', ['Space']],
      ['range', ['Shift', 'Space']],
      ['open', ['Enter']],
    ],
  },
] as const;

export function Shortcuts() {
  const say = useText(text);
  const isOpen = useStore(shortcutsOpen);
  return (
    <Modal opened={isOpen} onClose={() => shortcutsOpen.set(false)} title={say('title')} size="md">
      <Stack>
        {groups.map(({ title, keys }) => (
          <div key={title}>
            <Text size="sm" fw={600} mb={4}>
              {say(title)}
            </Text>
            <Table>
              <Table.Tbody>
                {keys.map(([name, sequence]) => (
                  <Table.Tr key={name}>
                    <Table.Td>{say(name)}</Table.Td>
                    <Table.Td>
                      <Group gap={4} justify="flex-end">
                        {sequence.map((key) => (
                          <Kbd key={key} size="sm">
                            {key}
                          </Kbd>
                        ))}
                      </Group>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        ))}
        <Text size="xs" c="dimmed">
          {say('note')}
        </Text>
      </Stack>
    </Modal>
  );
}
