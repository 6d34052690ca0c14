// A rule: devices, severities, ways, how often, and when nobody wants to be told.
import { Checkbox, Group, MultiSelect, NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { findFault } from '../../parts/expression/check.ts';
import { ExpressionField } from '../../parts/expression/ExpressionField.tsx';
import { NameField } from '../../parts/NameField.tsx';
import { SendForm } from '../../parts/SendForm.tsx';
import { type Rule, useNewer, type Way } from './data.ts';
import { text } from './text-routing.ts';

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly ways: readonly Way[];
  /** The rule that is changed; null: a new one. */
  readonly rule: Rule | null;
}

type Body = Omit<Rule, 'id' | 'reach' | 'createdBy' | 'changedAt' | 'sentAt'>;
const MINUTE_S = 60;

/** What a new rule is unless said otherwise. */
function firstBody(ways: readonly Way[]): Body {
  return {
    name: '',
    on: null,
    severities: ['warning', 'critical'],
    ways: ways.map(({ id }) => id),
    tellEnds: true,
    waitSeconds: 30,
    everySeconds: 5 * MINUTE_S,
    quiet: null,
    enabled: true,
  };
}

export function RuleForm(props: Props) {
  const say = useText(text);
  const { rule } = props;
  return (
    <Dialog
      opened={props.opened}
      onClose={props.onClose}
      title={rule === null ? say('newRule') : rule.name}
      size="lg"
    >
      <Form {...props} />
    </Dialog>
  );
}

/** Made anew each time it is opened. */
function Form({ onClose, ways, rule }: Props) {
  const say = useText(text);
  const newer = useNewer();
  const [body, setBody] = useState<Body>(() => (rule === null ? firstBody(ways) : toBody(rule)));
  const put = (change: Partial<Body>) => setBody((before) => ({ ...before, ...change }));
  const save = async () => {
    if (rule === null) await take(api.POST('/api/v1/notifications/rules', { body }));
    else await take(api.PUT('/api/v1/notifications/rules/{id}', { params: { path: { id: rule.id } }, body }));
    await newer();
    onClose();
  };
  const isRight = body.name.trim() !== '' && body.severities.length > 0 && findFault(body.on ?? '') === null;
  return (
    <SendForm
      act={rule === null ? say('create') : say('save')}
      isRight={isRight}
      send={save}
      failed={say('failed')}
      onClose={onClose}
    >
      <NameField label={say('name')} maxLength={64} value={body.name} onChange={(name) => put({ name })} />
      <ExpressionField
        label={say('devices')}
        description={say('devicesHelp')}
        value={body.on ?? ''}
        onChange={(on) => put({ on: on.trim() === '' ? null : on })}
      />
      <Which body={body} put={put} ways={ways} />
      <Pace body={body} put={put} />
      <Quiet body={body} put={put} />
      <Switch
        label={say('on')}
        checked={body.enabled}
        onChange={(event) => put({ enabled: event.currentTarget.checked })}
      />
    </SendForm>
  );
}

function toBody({
  id: _id,
  reach: _reach,
  createdBy: _by,
  changedAt: _at,
  sentAt: _sent,
  ...body
}: Rule): Body {
  return body;
}

interface PieceProps {
  readonly body: Body;
  readonly put: (change: Partial<Body>) => void;
}

function Which({ body, put, ways }: PieceProps & { readonly ways: readonly Way[] }) {
  const say = useText(text);
  const all = ['warning', 'critical'] as const;
  return (
    <>
      <Checkbox.Group
        label={say('severities')}
        value={body.severities}
        onChange={(values) => put({ severities: all.filter((one) => values.includes(one)) })}
      >
        <Group mt={4}>
          {all.map((one) => (
            <Checkbox key={one} value={one} label={say(one)} />
          ))}
        </Group>
      </Checkbox.Group>
      <MultiSelect
        label={say('goes')}
        value={body.ways}
        data={ways.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(ids) => put({ ways: ids })}
      />
    </>
  );
}

function Pace({ body, put }: PieceProps) {
  const say = useText(text);
  return (
    <>
      <Group grow align="flex-start">
        <NumberInput
          label={say('wait')}
          description={say('waitHelp')}
          min={0}
          max={3_600}
          allowDecimal={false}
          value={body.waitSeconds}
          onChange={(value) => put({ waitSeconds: Number(value) })}
        />
        <NumberInput
          label={say('every')}
          description={say('everyHelp')}
          min={1}
          max={1_440}
          allowDecimal={false}
          value={Math.round(body.everySeconds / MINUTE_S)}
          onChange={(value) => put({ everySeconds: Number(value) * MINUTE_S })}
        />
      </Group>
      <Checkbox
        label={say('tellEnds')}
        checked={body.tellEnds}
        onChange={(event) => put({ tellEnds: event.currentTarget.checked })}
      />
    </>
  );
}

function Quiet({ body, put }: PieceProps) {
  const say = useText(text);
  const { quiet } = body;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const first = { from: '22:00', to: '07:00', zone: here, exceptCritical: true };
  // The zone of this browser and that of the rule may have names that the list has not.
  const zones = new Set([
    here,
    ...(quiet === null ? [] : [quiet.zone]),
    ...Intl.supportedValuesOf('timeZone'),
  ]);
  return (
    <>
      <Switch
        label={say('quiet')}
        checked={quiet !== null}
        onChange={(event) => put({ quiet: event.currentTarget.checked ? first : null })}
      />
      {quiet !== null && (
        <Group align="flex-end">
          {(['from', 'to'] as const).map((name) => (
            <TextInput
              key={name}
              type="time"
              label={say(name === 'from' ? 'quietFrom' : 'quietTo')}
              value={quiet[name]}
              onChange={(event) => put({ quiet: { ...quiet, [name]: event.currentTarget.value } })}
            />
          ))}
          <Select
            label={say('quietZone')}
            data={[...zones]}
            searchable
            limit={60}
            allowDeselect={false}
            value={quiet.zone}
            onChange={(zone) => zone !== null && put({ quiet: { ...quiet, zone } })}
          />
          <Checkbox
            label={say('exceptCritical')}
            checked={quiet.exceptCritical}
            mb={8}
            onChange={(event) => put({ quiet: { ...quiet, exceptCritical: event.currentTarget.checked } })}
          />
        </Group>
      )}
    </>
  );
}
