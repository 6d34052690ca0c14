// A link to a page of the console, with what stands behind `?` in it.
import { Anchor, type AnchorProps } from '@mantine/core';
import { defaultParseSearch, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface Props extends Omit<AnchorProps, 'component'> {
  /** Address, as `/devices?on=…`; the browser's own functions for links work on it. */
  readonly to: string;
  readonly children: ReactNode;
}

/**
 * Pure: path, search and anchor of an address, as the router's links and `navigate` take them:
 * `<Button component={Link} {...splitAddress('/jobs?state=running')}>`.
 */
export function splitAddress(address: string) {
  const url = new URL(address, 'http://console');
  const search = defaultParseSearch(url.search);
  // Pages are a list, so the router's types know of no search at all: they want what a function returns that never does.
  return { to: url.pathname, search: (() => search) as () => never, hash: url.hash.slice(1) };
}

export function PageLink({ to, children, ...look }: Props) {
  return (
    <Anchor component={Link} {...splitAddress(to)} inherit {...look}>
      {children}
    </Anchor>
  );
}
