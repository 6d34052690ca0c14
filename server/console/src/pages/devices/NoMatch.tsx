// No device fits: how many would without each of the conditions.
import { Button, Stack } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { joinConditions, splitConditions } from '../../parts/expression/conditions.ts';
import { useFormat } from '../../parts/format.ts';
import { text } from './text.ts';

/** More conditions than these are not tried out one by one. */
const MAX_TRIED = 8;

/** How many devices fit; null: the server does not know yet. */
async function countDevices(on: string): Promise<number | null> {
  const query = { limit: 1, fields: 'id', ...(on === '' ? {} : { on }) };
  return (await take(api.GET('/api/v1/devices', { params: { query } }))).count;
}

export function NoMatch({ on, onChange }: { readonly on: string; readonly onChange: (on: string) => void }) {
  const say = useText(text);
  const format = useFormat();
  const conditions = splitConditions(on);
  const without = conditions.slice(0, MAX_TRIED).map((condition, index) => ({
    condition,
    rest: joinConditions(conditions.filter((_, at) => at !== index)),
  }));
  const counts = useQueries({
    queries: without.map(({ rest }) => ({
      queryKey: ['devices', 'count', rest],
      queryFn: () => countDevices(rest),
    })),
  });
  return (
    <Empty
      title={say('noneTitle')}
      why={say('noneWhy')}
      action={{ label: say('dropAll'), onClick: () => onChange('') }}
      docs="architecture/language"
    >
      {conditions.length > 1 && (
        <Stack gap={4}>
          {without.map(({ condition, rest }, index) => {
            const count = counts[index]?.data ?? null;
            return (
              <Button key={condition} size="compact-sm" variant="default" onClick={() => onChange(rest)}>
                {say('drop', { condition, count: count === null ? '…' : format.number(count) })}
              </Button>
            );
          })}
        </Stack>
      )}
    </Empty>
  );
}
