// Named values, each with where it comes from and how old it is.
import { Box, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { When } from '../../parts/When.tsx';
import classes from './device.module.css';

/** A value with its origin. */
export interface Fact {
  readonly key: string;
  readonly name: string;
  readonly value: ReactNode;
  /** What the name means, on hover. */
  readonly hint?: string;
  readonly source: string;
  /** When it was last known to be so; null: not known. */
  readonly at: string | null;
}

interface Props {
  readonly facts: readonly Fact[];
  readonly label: string;
  /** The heading above says source and age of all of them. */
  readonly isOneSource?: boolean;
}

export function Facts({ facts, label, isOneSource = false }: Props) {
  return (
    <Box component="dl" className={classes.facts} aria-label={label}>
      {facts.map(({ key, name, value, hint, source, at }) => (
        <div key={key} className={classes.fact}>
          <dt title={hint}>{name}</dt>
          <dd>
            <span className={classes.value}>{value}</span>
            {!isOneSource && <Origin source={source} at={at} />}
          </dd>
        </div>
      ))}
    </Box>
  );
}

/** "dpkg, 4 minutes ago". */
export function Origin({ source, at }: { readonly source: string; readonly at: string | null }) {
  return (
    <Text span size="xs" c="dimmed" className={classes.origin}>
      {source}
      {at !== null && (
        <>
          {', '}
          <When at={at} />
        </>
      )}
    </Text>
  );
}
