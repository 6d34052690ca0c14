// A command as it was signed: every field, decoded here from the very bytes of its payload.
import { Alert, Code, Table, Text } from '@mantine/core';
import { classOf, decodeBase64url, isMusterError, type ReadonlyTrust } from '@muster/protocol';
import { COMMAND_TYPE, type Command, isCommandKind, parseDocument } from '@muster/protocol/commands';
import { type ReactNode, useMemo } from 'react';
import { texts, useText } from '../app/text.ts';
import { useFormat } from '../parts/format.ts';
import type { ApiEnvelope } from './api.ts';
import { GoLink } from './Go.tsx';
import { kindText } from './kind-texts.ts';
import { text as signingText } from './text.ts';

const text = texts({
  en: {
    broken: 'The server shows something that is no command; do not sign it.',
    what: 'Command',
    args: 'Parameters',
    none: 'none',
    empty: '(empty)',
    class: 'Class',
    dryRun: 'Dry run',
    dryYes: 'Yes: devices only say what they would do.',
    dryNo: 'No: it is done.',
    emergency: 'Emergency',
    past: 'Yes: a freeze does not hold it.',
    reason: 'Why',
    requester: 'Asked by',
    from: 'Not before',
    until: 'Nothing starts after',
    condition: 'Condition',
    unbound: 'none signed',
    targets: 'Devices',
    tree: '{{count}} devices, by the root of their hash tree {{root}}',
    trust: 'Trust document',
    version: 'version {{version}} of {{org}}',
    id: 'Id',
    content: 'Content',
  },
  de: {
    broken: 'Der Server zeigt etwas, das kein Befehl ist; signieren Sie es nicht.',
    what: 'Befehl',
    args: 'Parameter',
    none: 'keine',
    empty: '(leer)',
    class: 'Klasse',
    dryRun: 'Probe',
    dryYes: 'Ja: die Geräte sagen nur, was sie tun würden.',
    dryNo: 'Nein: es wird getan.',
    emergency: 'Notfall',
    past: 'Ja: eine Sperrzeit hält ihn nicht auf.',
    reason: 'Warum',
    requester: 'Von',
    from: 'Nicht vor',
    until: 'Nichts beginnt nach',
    condition: 'Bedingung',
    unbound: 'keine mit signiert',
    targets: 'Geräte',
    tree: '{{count}} Geräte, nach der Wurzel ihres Hash-Baums {{root}}',
    trust: 'Vertrauensdokument',
    version: 'Version {{version}} von {{org}}',
    id: 'Kennung',
    content: 'Inhalt',
  },
});

/** The command in an envelope, from its bytes; null where they are none. Pure. */
export function decodeCommand(envelope: ApiEnvelope | null): Command | null {
  if (envelope === null) return null;
  const { payload, payloadType } = envelope;
  try {
    return payloadType === COMMAND_TYPE ? parseDocument<Command>(decodeBase64url(payload), 'command') : null;
  } catch (error) {
    if (isMusterError(error)) return null;
    throw error;
  }
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th w={150} scope="row" style={{ verticalAlign: 'top' }}>
        {name}
      </Table.Th>
      <Table.Td style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{children}</Table.Td>
    </Table.Tr>
  );
}

interface Props {
  readonly envelope: ApiEnvelope;
  readonly trust: ReadonlyTrust;
}

export function CommandFacts({ envelope, trust }: Props) {
  const say = useText(text);
  const sayKind = useText(kindText);
  const sayClass = useText(signingText);
  const format = useFormat();
  const command = useMemo(() => decodeCommand(envelope), [envelope]);
  if (command === null)
    return (
      <Alert color="red" role="alert">
        {say('broken')}
      </Alert>
    );
  const { kind, bound, notBefore, notAfter, requester, reason, trustVersion, org } = command;
  const moment = (at: string) => format.exact(Date.parse(at));
  return (
    <Table variant="vertical" layout="fixed" withTableBorder>
      <Table.Tbody>
        <Fact name={say('what')}>
          <Text size="sm" fw={600}>
            {kind}
          </Text>
          {isCommandKind(kind) && <Text size="sm">{sayKind(`${kind}/happens`)}</Text>}
        </Fact>
        <Fact name={say('args')}>
          <Args args={command.args} />
        </Fact>
        <Fact name={say('class')}>{sayClass(classOf(kind, trust.classes))}</Fact>
        <Fact name={say('dryRun')}>{command.dryRun ? say('dryYes') : say('dryNo')}</Fact>
        {command.emergency && <Fact name={say('emergency')}>{say('past')}</Fact>}
        <Fact name={say('reason')}>{reason}</Fact>
        <Fact name={say('requester')}>{requester}</Fact>
        <Fact name={say('from')}>{moment(notBefore)}</Fact>
        <Fact name={say('until')}>{moment(notAfter)}</Fact>
        <Fact name={say('condition')}>{bound === '' ? say('unbound') : <Code>{bound}</Code>}</Fact>
        <Fact name={say('targets')}>
          <Devices targets={command.targets} />
        </Fact>
        <Fact name={say('trust')}>{say('version', { version: trustVersion, org })}</Fact>
        <Fact name={say('id')}>{command.cmdId}</Fact>
      </Table.Tbody>
    </Table>
  );
}

function Args({ args }: { readonly args: Command['args'] }) {
  const say = useText(text);
  const entries = Object.entries(args);
  if (entries.length === 0) return say('none');
  return entries.map(([name, value]) => (
    <Text key={name} size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
      <Code>{name}</Code>{' '}
      {name === 'content' ? (
        <GoLink to="/scripts" search={{ show: value }} underline="always">
          {String(value)}
        </GoLink>
      ) : (
        formatValue(value) || say('empty')
      )}
    </Text>
  ));
}

function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function Devices({ targets }: Pick<Command, 'targets'>) {
  const say = useText(text);
  const format = useFormat();
  if ('root' in targets) return say('tree', { count: format.number(targets.count), root: targets.root });
  return targets.list.map(({ id, hostname, fingerprint }) => (
    <Text key={id} size="sm" component="div">
      <GoLink to={`/devices/${id}`} underline="always">
        {hostname}
      </GoLink>{' '}
      <Text span size="xs" c="dimmed">
        {`${id} ${fingerprint}`}
      </Text>
    </Text>
  ));
}
