// A link to another view of the same device.
import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { DeviceSearch } from './search.ts';

interface Props {
  /** The whole state of that view. */
  readonly search: DeviceSearch;
  readonly title?: string;
  readonly children: ReactNode;
}

export function DeviceLink({ search, title, children }: Props) {
  return (
    <Anchor inherit title={title} renderRoot={(props) => <Link {...props} to="." search={search} />}>
      {children}
    </Anchor>
  );
}
