// Acknowledging and giving back, wherever alerts are shown: what was done can be taken back, what was refused is said.
import { List } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { showFailure } from '../../parts/show-failure.tsx';
import { showUndo } from '../../parts/show-undo.tsx';
import { text } from './text-acknowledge.ts';

async function readAlert(id: number) {
  return take(api.GET('/api/v1/alerts/{id}', { params: { path: { id } } }));
}

export type Alert = Awaited<ReturnType<typeof readAlert>>;

/** The query of one alert; what has lists of alerts read again has it read again too. */
export function alertQuery(id: number) {
  return { queryKey: ['alerts', 'one', id], queryFn: () => readAlert(id) };
}

/** Pure: an alert in a few words: its rule, what of the device it is about where there are several, and the device. */
export function wordsOf({ rule, series, hostname }: Pick<Alert, 'rule' | 'series' | 'hostname'>) {
  const instance = /\{(?:[^=}]*=)?(.*)\}$/.exec(series)?.[1];
  return { what: instance === undefined ? rule : `${rule} (${instance})`, hostname };
}

/** As many as one request takes. */
export const MAX_AT_ONCE = 200;

/** Pure: what this act took. What one had before stays: it has an earlier time. */
function takenOf(items: readonly Alert[]): readonly Given[] {
  const all = items.flatMap(({ id, acknowledged }) => (acknowledged ? { id, at: acknowledged.at } : []));
  const last = Math.max(...all.map(({ at }) => Date.parse(at)));
  return all.filter(({ at }) => Date.parse(at) === last);
}

interface Given {
  readonly id: number;
  /** Since when somebody has it, as it was shown: what somebody else has meanwhile stays his. */
  readonly at: string;
}

const refusals = ['E_ALERT_TAKEN', 'E_ALERT_OVER', 'E_NOT_FOUND'] as const;

/** Both acts; each throws when nothing could be done. */
export function useAcknowledging() {
  const say = useText(text);
  const queries = useQueryClient();

  /** Whatever came of it, what is shown is not true any more. */
  async function settle<T>(sent: Promise<T>): Promise<T> {
    try {
      return await sent;
    } finally {
      const isAlerts = (key: readonly unknown[]) => key[0] === 'alerts' || key.includes('alerts');
      await queries.invalidateQueries({ predicate: ({ queryKey }) => isAlerts(queryKey) });
    }
  }

  function tellRefused(refused: readonly { readonly code: string }[]): void {
    if (refused.length === 0) return;
    const lines = refusals.flatMap((code) => {
      const count = refused.filter((one) => one.code === code).length;
      return count === 0 ? [] : [say(code, { count })];
    });
    const message = (
      <List size="sm">
        {lines.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
    );
    notifications.show({ color: 'orange', autoClose: false, withBorder: true, message });
  }

  const describe = ([first]: readonly Alert[]) => (first === undefined ? '' : say('alert', wordsOf(first)));

  async function acknowledge(ids: readonly number[], comment = ''): Promise<void> {
    const body = { alerts: [...ids], comment };
    const { items, refused } = await settle(take(api.POST('/api/v1/alerts/acknowledge', { body })));
    tellRefused(refused);
    showUndo({
      done: say('done', { count: items.length, name: describe(items) }),
      undo: say('undo'),
      onUndo: () => void giveBack(takenOf(items)).catch(showFailure),
    });
  }

  async function giveBack(alerts: readonly Given[]): Promise<void> {
    const body = { alerts: [...alerts] };
    const { items, refused } = await settle(take(api.POST('/api/v1/alerts/give-back', { body })));
    tellRefused(refused);
    notifications.show({ message: say('givenBack', { count: items.length, name: describe(items) }) });
  }

  return { acknowledge, giveBack };
}
