// A plan as somebody sees it before he signs: in one sentence, object by object, device by device, and when.
import { Code, List, Paper, Stack, Text, Title } from '@mantine/core';
import type { MadePlan } from '@muster/cli/draft-plan';
import { diffLines, formatPolicyYaml, type Policy } from '@muster/protocol/policy';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { DiffLines } from '../../parts/Lines.tsx';
import type { Signing } from '../../signing/use-signing.ts';
import { Effects } from './Effects.tsx';
import { Sign } from './Sign.tsx';
import { sumUp } from './sum-up.ts';
import { Times } from './Times.tsx';
import { text } from './text.ts';

interface Props {
  readonly made: MadePlan;
  readonly signing: Signing;
  readonly name: string;
  readonly again: () => void;
  readonly onDone: () => void;
}

export function Planned({ made, signing, name, again, onDone }: Props) {
  const say = useText(text);
  if (made.plan.isEmpty) return <Text size="sm">{say('nothingChanges')}</Text>;
  return (
    <Stack gap="md">
      <Paper withBorder p="md" component="section" aria-label={say('planned')}>
        <Stack gap="sm">
          <Title order={2} fz="md">
            {say('planned')}
          </Title>
          <Text fw={600}>
            <Sentence view={made.view} />
          </Text>
          <Changes made={made} />
          <Difference made={made} name={name} />
          <Effects view={made.view} />
          <Times made={made} name={name} />
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {say('digest')} <Code>{made.plan.digest}</Code>
          </Text>
        </Stack>
      </Paper>
      <Sign {...{ made, signing, name, again, onDone }} />
    </Stack>
  );
}

function Sentence({ view }: Pick<MadePlan, 'view'>) {
  const say = useText(text);
  const format = useFormat();
  const { devices, changed, dropped, isWhole } = sumUp(view);
  if (devices === 0) return say('noDevice', { all: format.number(view.devices) });
  const least = isWhole ? '' : say('atLeast');
  const settings = say('settings', { count: changed, shown: `${least}${format.number(changed)}` });
  const what =
    dropped === 0
      ? say('nothingDropped')
      : say('dropped', { count: dropped, shown: `${least}${format.number(dropped)}` });
  return say('sentence', { count: devices, shown: format.number(devices), settings, what });
}

/** Which policies come, go, or become others. */
function Changes({ made: { plan } }: Pick<Props, 'made'>) {
  const say = useText(text);
  const same = plan.unchanged.length;
  return (
    <List size="sm" style={{ overflowWrap: 'anywhere' }}>
      {plan.changes.map(({ name, change }) => (
        <List.Item key={name}>{say(`is/${change}`, { name })}</List.Item>
      ))}
      {same > 0 && <List.Item>{say('unchanged', { count: same })}</List.Item>}
    </List>
  );
}

function Difference({ made: { inForce, wanted }, name }: Pick<Props, 'made' | 'name'>) {
  const say = useText(text);
  const before = inForce.members.find((one) => one.name === name)?.opened?.policy;
  const after = wanted.find(({ policy }) => policy.name === name)?.policy;
  const lines = compare(before, after);
  return lines === '' ? null : <DiffLines label={say('difference', { name })} text={lines} />;
}

/** Lines with their marks; of a policy that comes or goes all of them. */
function compare(before: Policy | undefined, after: Policy | undefined): string {
  if (before !== undefined && after !== undefined)
    return diffLines(formatPolicyYaml(before), formatPolicyYaml(after));
  const one = before ?? after;
  const mark = before === undefined ? '+' : '-';
  return one === undefined ? '' : formatPolicyYaml(one).trimEnd().replace(/^/gm, `${mark} `);
}
