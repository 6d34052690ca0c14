// How far a job is: a bar by state, and in words; never whole while the end of one device is not known.
import { Group, Progress, Text } from '@mantine/core';
import { texts, useText } from '../app/text.ts';
import { useFormat } from '../parts/format.ts';
import type { JobSummary } from './api.ts';
import { countFailed, countKnown, percentDone } from './states.tsx';

const text = texts({
  en: { done: '{{percent}} %, {{known}} of {{all}}', label: '{{known}} of {{all}} devices have ended' },
  de: { done: '{{percent}} %, {{known}} von {{all}}', label: '{{known}} von {{all}} Geräten sind fertig' },
});

interface Props {
  readonly job: Pick<JobSummary, 'counts' | 'targets'>;
  readonly isWide?: boolean;
}

export function ProgressBar({ job, isWide = false }: Props) {
  const say = useText(text);
  const format = useFormat();
  const { counts, targets } = job;
  const known = countKnown(counts);
  const values = { percent: percentDone(job), known: format.number(known), all: format.number(targets) };
  const share = (count: number) => (count / targets) * 100;
  const failed = countFailed(counts);
  const good = counts.succeeded ?? 0;
  return (
    <Group gap="xs" wrap="nowrap">
      <Progress.Root size={isWide ? 'lg' : 'sm'} flex={1} miw={60}>
        <Progress.Section value={share(good)} color="green" aria-label={say('label', values)} />
        <Progress.Section value={share(failed)} color="red" withAria={false} />
        <Progress.Section value={share(known - good - failed)} color="gray" withAria={false} />
      </Progress.Root>
      <Text size="sm" style={{ whiteSpace: 'nowrap' }} className="tabular">
        {say('done', values)}
      </Text>
    </Group>
  );
}
