// Signed content in a form: what was approved for this use, its users, and typed values for a script's parameters.
import { Anchor, NumberInput, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import type { Content } from '@muster/protocol/commands';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import type { ContentView } from '../../signing/api.ts';
import { fieldText, text } from './text.ts';

/** All signed content. */
export function useContents(isWanted: boolean) {
  return useQuery({
    queryKey: ['content'],
    queryFn: async () => (await take(api.GET('/api/v1/content'))).content,
    enabled: isWanted,
  });
}

/** The document of it. */
export function documentOf(view: Pick<ContentView, 'document'>): Content {
  return view.document as Content;
}

interface Props {
  readonly use: 'script' | 'file';
  readonly args: Readonly<Record<string, unknown>>;
  readonly onChange: (change: Readonly<Record<string, unknown>>) => void;
}

/** Takes the place of the fields content, parameters and runAs. */
export function ContentFields({ use, args, onChange }: Props) {
  const say = useText(text);
  const sayField = useText(fieldText);
  const { data } = useContents(true);
  const fitting = (data ?? []).filter(
    (one) => one.use === use && one.state === 'approved' && one.missing === null,
  );
  const chosen = fitting.find(({ digest }) => digest === args.content);
  if (data !== undefined && fitting.length === 0)
    return (
      <Text size="sm">
        {say('noContent')}{' '}
        <Anchor component={Link} to="/scripts" inherit>
          {say('toScripts')}
        </Anchor>
      </Text>
    );
  return (
    <>
      <Select
        label={sayField('content/label')}
        description={sayField('content/help')}
        withAsterisk
        searchable
        data={fitting.map(({ digest, name }) => ({
          value: digest,
          label: `${name} · ${digest.slice(0, 8)}`,
        }))}
        value={chosen?.digest ?? null}
        onChange={(digest) => {
          const next = fitting.find((one) => one.digest === digest);
          const [user = ''] = next?.runAs ?? [];
          onChange({ content: digest ?? '', ...(use === 'script' && { parameters: {}, runAs: user }) });
        }}
      />
      {chosen !== undefined && chosen.runAs.length > 1 && (
        <Select
          label={sayField('runAs/label')}
          description={sayField('runAs/help')}
          data={chosen.runAs}
          allowDeselect={false}
          value={String(args.runAs)}
          onChange={(runAs) => onChange({ runAs: runAs ?? '' })}
        />
      )}
      {chosen !== undefined && use === 'script' && (
        <Values
          content={documentOf(chosen)}
          values={args.parameters as Values}
          onChange={(parameters) => onChange({ parameters })}
        />
      )}
    </>
  );
}

type Values = Readonly<Record<string, unknown>>;

/** Parameters that must be given and are not. */
export function missingValues({ parameters }: Content, values: Values): string[] {
  return parameters.filter(({ name, required }) => required && !(name in values)).map(({ name }) => name);
}

function Values({
  content: { parameters },
  values,
  onChange,
}: {
  readonly content: Content;
  readonly values: Values;
  readonly onChange: (values: Values) => void;
}) {
  const say = useText(text);
  if (parameters.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {say('noValues')}
      </Text>
    );
  /** What is empty is left out, so that the script sees that it was not given. */
  const put = (name: string, value: unknown) => {
    const { [name]: _, ...others } = values;
    onChange(value === '' ? others : { ...others, [name]: value });
  };
  return (
    <Stack gap="xs" component="fieldset" style={{ border: 0, margin: 0, padding: 0 }}>
      <Text component="legend" size="sm" fw={600}>
        {say('values')}
      </Text>
      {parameters.map(({ name, type, required, description }) => {
        const common = { label: name, description, withAsterisk: required };
        const value = values[name];
        if (type === 'boolean')
          return (
            <Switch
              key={name}
              label={name}
              description={description}
              checked={value === true}
              onChange={({ currentTarget }) => put(name, currentTarget.checked)}
            />
          );
        if (type === 'integer')
          return (
            <NumberInput
              key={name}
              {...common}
              allowDecimal={false}
              value={typeof value === 'number' ? value : ''}
              onChange={(next) => put(name, next)}
            />
          );
        return (
          <TextInput
            key={name}
            {...common}
            value={typeof value === 'string' ? value : ''}
            onChange={({ currentTarget }) => put(name, currentTarget.value)}
          />
        );
      })}
    </Stack>
  );
}
