// What can be done with the chosen devices: they become an expression that names them.
import { Button, Text } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { splitAddress } from '../../parts/PageLink.tsx';
import type { Selection } from '../../parts/table/selection.ts';
import { MAX_NAMED, type Narrowed, namedExpression } from './source.ts';
import { text } from './text.ts';

/** What holds for every device. */
const EVERY = 'id != ""';

/** Pure: an expression for the chosen devices; null where so many cannot be named one by one. */
function describeSelection(selection: Selection, on: string): string | null {
  if (selection.kind === 'some') {
    const ids = [...selection.ids];
    return ids.length <= MAX_NAMED ? namedExpression(ids) : null;
  }
  const all = on === '' ? EVERY : on;
  const except = [...selection.except];
  if (except.length > MAX_NAMED) return null;
  return except.length === 0 ? all : `(${all}) && !(${namedExpression(except)})`;
}

/** Pure: what holds for the members of a group. */
function groupExpression(id: string): string {
  return `group(${JSON.stringify(id)})`;
}

/** Pure: expressions that must both hold, as one; the second may be '', which holds for all. */
function joinBoth(one: string, other: string): string {
  return other === '' ? one : `${one} && (${other})`;
}

interface Props {
  readonly selection: Selection;
  readonly narrowed: Narrowed;
}

export function Actions({ selection, narrowed: { on, group } }: Props) {
  const say = useText(text);
  const may = useMay();
  const expression = describeSelection(
    selection,
    group === undefined ? on : joinBoth(groupExpression(group), on),
  );
  if (!may('jobs.write')) return null;
  if (expression === null)
    return (
      <Text size="sm" maw={420}>
        {say('tooMany', { count: MAX_NAMED })}
      </Text>
    );
  return (
    <Button
      component={Link}
      {...splitAddress(`/act?on=${encodeURIComponent(expression)}`)}
      size="compact-md"
      leftSection={<IconPlayerPlay size={16} aria-hidden />}
    >
      {say('act')}
    </Button>
  );
}
