// The rules: which alerts go which ways.
import { Code, Group, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { ConfirmByTyping } from '../../parts/ConfirmByTyping.tsx';
import { HistoryLink } from '../../parts/HistoryLink.tsx';
import { RowButton } from '../../parts/RowButton.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { Status } from '../../parts/Status.tsx';
import { When } from '../../parts/When.tsx';
import { type Rule, useNewer, type Way } from './data.ts';
import { Part } from './Part.tsx';
import { RuleForm } from './RuleForm.tsx';
import { text } from './text-routing.ts';

interface Props {
  readonly rules: readonly Rule[];
  readonly ways: readonly Way[];
  readonly mayWrite: boolean;
}

export function Rules({ rules, ways, mayWrite }: Props) {
  const say = useText(text);
  const newer = useNewer();
  const [editing, setEditing] = useState<Rule | 'new' | null>(null);
  const [removing, setRemoving] = useState<Rule | null>(null);
  return (
    <Part
      title={say('rules')}
      why={say('rulesWhy')}
      none={say('noRules')}
      isEmpty={rules.length === 0}
      {...(mayWrite ? { add: { label: say('newRule'), onClick: () => setEditing('new') } } : {})}
      dialogs={
        <>
          <RuleForm
            opened={editing !== null}
            onClose={() => setEditing(null)}
            ways={ways}
            rule={editing === 'new' ? null : editing}
          />
          <ConfirmByTyping
            opened={removing !== null}
            onClose={() => setRemoving(null)}
            title={say('removeRule')}
            happens={say('removeRuleHappens')}
            undo={say('removeRuleUndo')}
            expected={removing?.name ?? ''}
            act={say('removeAct')}
            onConfirm={async () => {
              if (removing === null) return;
              const params = { path: { id: removing.id } };
              await take(api.DELETE('/api/v1/notifications/rules/{id}', { params }));
              await newer();
            }}
          />
        </>
      }
    >
      <ShortTable
        label={say('rules')}
        minWidthPx={720}
        heads={[
          say('name'),
          say('devices'),
          say('severities'),
          say('goes'),
          say('sentAt'),
          ...(mayWrite ? [{ word: say('editAct'), isHidden: true }] : []),
        ]}
      >
        {rules.map((rule) => (
          <Line
            key={rule.id}
            rule={rule}
            ways={ways}
            {...(mayWrite && { acts: { edit: () => setEditing(rule), remove: () => setRemoving(rule) } })}
          />
        ))}
      </ShortTable>
    </Part>
  );
}

interface LineProps {
  readonly rule: Rule;
  readonly ways: readonly Way[];
  /** Absent for those who may not change it. */
  readonly acts?: { readonly edit: () => void; readonly remove: () => void };
}

function Line({ rule, ways, acts }: LineProps) {
  const say = useText(text);
  const { name, on, severities, quiet, everySeconds, enabled, reach, createdBy, sentAt } = rule;
  const goes = ways.filter(({ id }) => rule.ways.includes(id)).map((way) => way.name);
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Status tone={enabled ? 'good' : 'idle'} word={say(enabled ? 'isOn' : 'off')} />
        {reach !== 'all' && <Status tone="bad" word={say(reach, { who: createdBy })} />}
        <HistoryLink subject={rule.id} of={name} />
      </Table.Td>
      <Table.Td>{on === null ? say('everyDevice') : <Code>{on}</Code>}</Table.Td>
      <Table.Td>{severities.map((one) => say(one)).join(', ')}</Table.Td>
      <Table.Td>
        <Text size="sm">{goes.join(', ')}</Text>
        <Text size="xs" c="dimmed">
          {say('pace', { minutes: Math.round(everySeconds / 6) / 10 })}
          {quiet !== null && ` · ${say('quietShort', { from: quiet.from, to: quiet.to, zone: quiet.zone })}`}
        </Text>
      </Table.Td>
      <Table.Td>
        <When at={sentAt} never={say('notYet')} />
      </Table.Td>
      {acts !== undefined && (
        <Table.Td>
          <Group gap={4} wrap="nowrap">
            <RowButton word={say('editAct')} name={say('edit', { name })} onClick={acts.edit} />
            <RowButton isGrave word={say('removeAct')} name={say('remove', { name })} onClick={acts.remove} />
          </Group>
        </Table.Td>
      )}
    </Table.Tr>
  );
}
