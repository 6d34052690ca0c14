// The text of a policy, what is wrong with it while one writes, and what it would change.
import { Box, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { useText } from '../../app/text.ts';
import { Problem } from '../../parts/Problem.tsx';
import type { Signing } from '../../signing/use-signing.ts';
import { Editor } from './Editor.tsx';
import { Faults } from './Faults.tsx';
import { toProblem } from './failure.ts';
import { keepText, readKept } from './kept-text.ts';
import { Leaving } from './Leaving.tsx';
import { makePlan } from './make-plan.ts';
import { Planned } from './Planned.tsx';
import { type NameRule, readText } from './read-text.ts';
import { text } from './text.ts';
import { useBaseWords, useTextWords } from './words.ts';

interface Props {
  readonly signing: Signing;
  /** What the text is before anybody wrote. */
  readonly first: string;
  readonly rule: NameRule;
  readonly keptKey: string;
  readonly onDone: (name: string) => void;
}

/** The text with what was kept of it; leaving asks while it is another than at first. */
function useWritten({ first, keptKey }: Pick<Props, 'first' | 'keptKey'>) {
  const [kept] = useState(() => readKept(keptKey));
  const [written, setWritten] = useState(kept ?? first);
  const isLeft = useRef(false);
  const isChanged = written !== first;
  // A reload asks nothing: the text is still there after it.
  const blocker = useBlocker({
    shouldBlockFn: () => isChanged && !isLeft.current,
    enableBeforeUnload: false,
    withResolver: true,
  });
  return {
    ...{ written, isChanged, isKept: kept !== null && kept === written && kept !== first, blocker },
    write(next: string) {
      setWritten(next);
      keepText(keptKey, next);
    },
    /** Nothing is asked from here on. */
    leave() {
      isLeft.current = true;
    },
  };
}

export function Writing({ signing, first, rule, keptKey, onDone }: Props) {
  const say = useText(text);
  const [baseWords, textWords] = [useBaseWords(), useTextWords()];
  const { written, isKept, blocker, write, leave } = useWritten({ first, keptKey });
  const jump = useRef<((at: number) => void) | null>(null);
  const looked = useDeferredValue(written);
  // Words of the language are new functions at each drawing; what they say is not.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const read = useMemo(() => readText(looked, rule, textWords), [looked, rule.only, textWords.one]);
  const plan = useMutation({
    mutationFn: async () => {
      const now = readText(written, rule, textWords);
      return now.wanted === null
        ? null
        : makePlan({ name: now.wanted.policy.name, wanted: now.wanted }, baseWords);
    },
  });
  const change = (next: string) => {
    write(next);
    // A plan of another text must not be signed.
    plan.reset();
  };
  return (
    <Stack gap="md">
      <Leaving blocker={blocker} />
      <Box>
        <Text size="sm" c="dimmed" mb={6}>
          {say('filesToo')}
        </Text>
        {isKept && (
          <Group gap="xs" mb={6}>
            <Text size="sm">{say('kept')}</Text>
            <Button size="compact-sm" variant="default" onClick={() => change(first)}>
              {say('throwAway')}
            </Button>
          </Group>
        )}
        <Editor label={say('editor')} value={written} faults={read.faults} onChange={change} jump={jump} />
        <Faults faults={read.faults} onPick={(at) => jump.current?.(at)} />
      </Box>
      <Group gap="sm">
        <Button onClick={() => plan.mutate()} loading={plan.isPending} disabled={read.wanted === null}>
          {say('plan')}
        </Button>
        <Text size="sm" c="dimmed">
          {say('planWhat')}
        </Text>
      </Group>
      {plan.isError && (
        <Problem error={toProblem(plan.error)} what={say('planFailed')} retry={() => plan.mutate()} />
      )}
      {plan.data != null && (
        <Planned
          key={plan.data.view.at}
          made={plan.data}
          signing={signing}
          name={read.wanted?.policy.name ?? ''}
          again={() => plan.mutate()}
          onDone={() => {
            leave();
            onDone(read.wanted?.policy.name ?? '');
          }}
        />
      )}
    </Stack>
  );
}
