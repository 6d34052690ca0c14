// What was asked for: its outline until it comes, what failed with the way to try again, then the thing itself.
import { Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Problem } from './Problem.tsx';

interface Props<Data> {
  readonly query: Pick<UseQueryResult<Data>, 'data' | 'error' | 'isPending' | 'isError' | 'refetch'>;
  /** What failed, as a sentence without its full stop: "The groups could not be loaded". */
  readonly failed: string;
  /** Height of the outline, px. */
  readonly heightPx: number;
  readonly children: (data: Data) => ReactNode;
}

/** What came once stays, below the problem, when it cannot be read again. */
export function Loaded<Data>({ query, failed, heightPx, children }: Props<Data>) {
  return (
    <>
      {query.isPending && <Skeleton h={heightPx} />}
      {query.isError && <Problem error={query.error} what={failed} retry={() => void query.refetch()} />}
      {query.data !== undefined && children(query.data)}
    </>
  );
}
