// For whom a policy is, and every rule of it: what should hold, why, how bad it is, and how a person repairs it.
import { Badge, Box, Button, Code, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { describeWanted, type Policy, type PolicyRule } from '@muster/protocol/policy';
import { type ReactNode, useMemo, useState } from 'react';
import { decodePolicy } from '../../api/decode-policy.ts';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { Status, type Tone } from '../../parts/Status.tsx';
import type { Revision } from '../policies/data.ts';
import { Whom } from '../policies/Whom.tsx';
import classes from './policy.module.css';
import { text } from './text.ts';
import { devicesFor } from './whom.ts';

/** Rules that are drawn at first; a policy may have a thousand. */
const FIRST = 50;

const tones = { low: 'idle', medium: 'idle', high: 'warn', critical: 'bad' } as const satisfies Record<
  PolicyRule['severity'],
  Tone
>;

/** The policy in the bytes, or why it cannot be read. */
function useDecoded(revision: Revision): { readonly policy: Policy } | { readonly error: unknown } {
  const say = useText(text);
  const broken = say('broken');
  return useMemo(() => {
    try {
      return { policy: decodePolicy(revision, broken) };
    } catch (error) {
      return { error };
    }
  }, [revision, broken]);
}

export function Rules({ revision }: { readonly revision: Revision }) {
  const say = useText(text);
  const format = useFormat();
  const decoded = useDecoded(revision);
  const [isAll, setAll] = useState(false);
  if ('error' in decoded) return <Problem error={decoded.error} what={say('revisionFailed')} />;
  const { policy } = decoded;
  const { rules } = policy;
  const shown = isAll ? rules : rules.slice(0, FIRST);
  return (
    <Stack gap="md">
      <Facts policy={policy} bound={revision.bound} />
      <Box component="section" aria-label={say('rules')}>
        <Title order={2} fz="md" mb={6}>
          {say('ruleCount', { count: rules.length, shown: format.number(rules.length) })}
        </Title>
        <Stack gap="sm" component="ol" className={classes.rules}>
          {shown.map((rule) => (
            <Rule key={rule.id} rule={rule} />
          ))}
        </Stack>
        {shown.length < rules.length && (
          <Button variant="default" mt="sm" onClick={() => setAll(true)}>
            {say('allRules', { shown: format.number(rules.length) })}
          </Button>
        )}
      </Box>
    </Stack>
  );
}

function Facts({ policy, bound }: { readonly policy: Policy; readonly bound: string }) {
  const say = useText(text);
  const may = useMay();
  const { title, owner, mode, priority, on, except } = policy;
  const devices = may('devices.read') ? devicesFor(policy) : null;
  return (
    <dl className={classes.facts}>
      <Fact name={say('title')}>{title}</Fact>
      <Fact name={say('owner')}>{owner}</Fact>
      <Fact name={say('mode')}>{say(mode)}</Fact>
      <Fact name={say('priority')}>{say('priorityOf', { priority })}</Fact>
      <Fact name={say('whom')}>
        <Whom on={on} except={except} />
        {devices !== null && (
          <div>
            <PageLink to={devices}>{say('showDevices')}</PageLink>
          </div>
        )}
      </Fact>
      <Fact name={say('bound')}>
        {bound === '' ? say('unbound') : <Code style={{ overflowWrap: 'anywhere' }}>{bound}</Code>}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Rule({ rule }: { readonly rule: PolicyRule }) {
  const say = useText(text);
  const { id, title, why, severity, references, remediation, when, mode, override, item } = rule;
  return (
    <Paper withBorder p="sm" component="li">
      <Group justify="space-between" gap="xs" align="flex-start">
        <Box style={{ flex: '1 1 240px', minWidth: 0 }}>
          <Title order={3} fz="sm">
            {title}
          </Title>
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {id}
          </Text>
        </Box>
        <Group gap="xs">
          <Status tone={tones[severity]} word={say(`severity/${severity}`)} />
          <Badge variant="default" tt="none" fw={500}>
            {say(mode)}
          </Badge>
          {override && (
            <Badge variant="default" tt="none" fw={500}>
              {say('override')}
            </Badge>
          )}
        </Group>
      </Group>
      <Text size="sm" mt={4} style={{ overflowWrap: 'anywhere' }}>
        {say('wants')} <strong>{describeWanted(rule)}</strong> <Code>{item}</Code>
      </Text>
      {when !== 'true' && (
        <Text size="sm" mt={4}>
          {say('when')} <Code style={{ overflowWrap: 'anywhere' }}>{when}</Code>
        </Text>
      )}
      <Prose label={say('why')} words={why} none={say('noWhy')} />
      <Prose label={say('remediation')} words={remediation} none={say('noRemediation')} />
      {references.length > 0 && (
        <Text size="sm" mt={4} c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {say('references', { list: references.join(' · ') })}
        </Text>
      )}
    </Paper>
  );
}

/** A paragraph of the writer's; what he did not say is said too, so that nobody looks for it. */
function Prose({
  label,
  words,
  none,
}: {
  readonly label: string;
  readonly words: string;
  readonly none: string;
}) {
  return (
    <Text size="sm" mt={4} style={{ whiteSpace: 'pre-line' }} {...(words === '' && { c: 'dimmed' })}>
      {words === '' ? none : `${label} ${words}`}
    </Text>
  );
}
