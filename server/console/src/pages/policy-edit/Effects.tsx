// On which devices a plan changes what: devices for which the same changes stand together.
import { List, Stack, Text } from '@mantine/core';
import type { MadePlan } from '@muster/cli/draft-plan';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { When } from '../../parts/When.tsx';
import { GoLink } from '../../signing/Go.tsx';
import { text } from './text.ts';

type Effect = MadePlan['view']['effects'][number];
type Wanting = Effect['items'][number]['before'];

export function Effects({ view }: Pick<MadePlan, 'view'>) {
  const say = useText(text);
  const { effects, effectCount, at } = view;
  const more = effectCount - effects.length;
  return (
    <section aria-label={say('effects')}>
      <Text size="sm" c="dimmed" component="div">
        {say('asOf')} <When at={at} />
      </Text>
      <Stack gap="sm" mt={4}>
        {effects.map((effect, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a plan never changes
          <One key={at} effect={effect} />
        ))}
      </Stack>
      {more > 0 && <Text size="sm">{say('moreEffects', { count: more })}</Text>}
    </section>
  );
}

function One({ effect: { devices, examples, items, itemCount } }: { readonly effect: Effect }) {
  const say = useText(text);
  const format = useFormat();
  const more = itemCount - items.length;
  return (
    <div style={{ overflowWrap: 'anywhere' }}>
      <Text size="sm" fw={600} component="div">
        {say('onDevices', { count: devices, shown: format.number(devices) })}
      </Text>
      {examples.length > 0 && (
        <Text size="sm" component="div">
          {examples.map(({ id, hostname }, at) => (
            <span key={id}>
              {at > 0 && ', '}
              <GoLink to={`/devices/${id}`} underline="always">
                {hostname}
              </GoLink>
            </span>
          ))}
          {devices > examples.length && ' …'}
        </Text>
      )}
      <List size="sm" mt={2}>
        {items.map(({ item, before, after }) => (
          <List.Item key={item}>
            <Text span size="sm" fw={600}>
              {item}
            </Text>
            {': '}
            <Wanted wish={before} /> {'→'} <Wanted wish={after} />
          </List.Item>
        ))}
      </List>
      {more > 0 && <Text size="sm">{say('moreItems', { count: more })}</Text>}
    </div>
  );
}

function Wanted({ wish }: { readonly wish: Wanting }) {
  const say = useText(text);
  const format = useFormat();
  if (wish === null) return say('nothingWanted');
  const { says, mode, isDecided, exemptUntil, rule } = wish;
  const how =
    exemptUntil !== null
      ? say('exempt', { until: format.exact(Date.parse(exemptUntil)) })
      : say(isDecided ? (mode === 'enforce' ? 'enforce' : 'audit') : 'undecided');
  return `${says} (${how}, ${rule})`;
}
