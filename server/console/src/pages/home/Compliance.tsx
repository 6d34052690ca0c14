// What of the fleet meets its policies; nothing stands here before any device has said so.
import { Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { addShares, useShares } from '../compliance/data.ts';
import { Failing, ShareBar } from '../compliance/Share.tsx';
import { Card } from './Card.tsx';
import { text } from './text.ts';

export function ComplianceCard() {
  const say = useText(text);
  const shares = useShares();
  const sum = addShares(shares.data?.policies ?? []);
  return (
    <Card title={say('compliance')} aside={<PageLink to="/compliance">{say('all')}</PageLink>}>
      {shares.isError && (
        <Problem error={shares.error} what={say('complianceFailed')} retry={() => void shares.refetch()} />
      )}
      {shares.data !== undefined &&
        (shares.data.policies.length === 0 ? (
          <Text size="sm" c="dimmed">
            {say('noCompliance')}
          </Text>
        ) : (
          <>
            <ShareBar share={sum} />
            <Failing counts={sum.counts} />
          </>
        ))}
    </Card>
  );
}
