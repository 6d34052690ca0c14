// Links and buttons that lead to another state of the console: a page, and what its address says after `?`.
import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface Target {
  readonly to: string;
  readonly search?: object;
  /** What the address says already stays, but for `search`. */
  readonly keeps?: boolean;
  readonly children: ReactNode;
}

function searchOf({ search = {}, keeps = false }: Target) {
  return (before: object) => (keeps ? { ...before, ...search } : search);
}

/** A link. */
export function GoLink(props: Target & AnchorProps) {
  const { to, search, keeps, children, ...rest } = props;
  return (
    <Anchor inherit {...rest} renderRoot={(root) => <Link {...root} to={to} search={searchOf(props)} />}>
      {children}
    </Anchor>
  );
}

/** A button that is a link. */
export function GoButton(props: Target & ButtonProps) {
  const { to, search, keeps, children, ...rest } = props;
  return (
    <Button {...rest} renderRoot={(root) => <Link {...root} to={to} search={searchOf(props)} />}>
      {children}
    </Button>
  );
}
