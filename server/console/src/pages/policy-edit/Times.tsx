// When devices may begin to repair what a plan wants: windows of the policy, and freezes that hold or come.
import { List, Text } from '@mantine/core';
import type { MadePlan } from '@muster/cli/draft-plan';
import { isFreezeOf, listFreezes, nextIntervals, readOwnZone } from '@muster/protocol/windows';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { text } from './text.ts';

interface Props {
  readonly made: MadePlan;
  readonly name: string;
}

export function Times({ made: { wanted, view }, name }: Props) {
  const say = useText(text);
  const format = useFormat();
  const nowMs = Date.parse(view.at);
  const policy = wanted.find((one) => one.policy.name === name)?.policy;
  if (policy === undefined) return null;
  const exact = (at: string) => format.exact(Date.parse(at));
  const freezes = listFreezes(wanted.map((one) => one.policy)).filter(
    (one) => isFreezeOf(one, name) && Date.parse(one.to) > nowMs,
  );
  const [next] = nextIntervals(policy.windows, { fromMs: nowMs, count: 1, zone: readOwnZone() });
  const opens =
    next === undefined
      ? say('opensNever')
      : say('opens', { from: format.exact(next.fromMs), to: format.exact(next.toMs) });
  return (
    <section aria-label={say('times')}>
      <Text size="sm">{policy.windows.length === 0 ? say('noWindows') : opens}</Text>
      {freezes.length === 0 ? (
        <Text size="sm">{say('noFreezes')}</Text>
      ) : (
        <List size="sm" style={{ overflowWrap: 'anywhere' }}>
          {freezes.map(({ policy: of, from, to, reason }) => (
            <List.Item key={`${of} ${from} ${to} ${reason}`}>
              {say('freeze', { of, from: exact(from), to: exact(to), reason })}
            </List.Item>
          ))}
        </List>
      )}
    </section>
  );
}
