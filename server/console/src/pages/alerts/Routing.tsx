// Who is told: ways, rules and pauses.
import { Skeleton, Stack } from '@mantine/core';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Problem } from '../../parts/Problem.tsx';
import { usePauses, useRules, useWays } from './data.ts';
import { Pauses } from './Pauses.tsx';
import { Rules } from './Rules.tsx';
import { text } from './text-routing.ts';
import { Ways } from './Ways.tsx';

export function Routing() {
  const say = useText(text);
  const may = useMay();
  const [ways, rules, pauses] = [useWays(), useRules(), usePauses()];
  const failed = [ways, rules, pauses].find((one) => one.isError);
  if (failed !== undefined)
    return <Problem error={failed.error} what={say('loadFailed')} retry={() => void failed.refetch()} />;
  if (ways.data === undefined || rules.data === undefined || pauses.data === undefined)
    return <Skeleton h={240} />;
  const mayWrite = may('notifications.write');
  return (
    <Stack gap="xl">
      <Ways ways={ways.data.ways} hasMail={ways.data.mail.configured} mayWrite={mayWrite} />
      <Rules rules={rules.data} ways={ways.data.ways} mayWrite={mayWrite} />
      <Pauses pauses={pauses.data} mayWrite={mayWrite} />
    </Stack>
  );
}
