// What a page of the console is: a folder with this description, one line in the list, texts of its own.

import type { Icon } from '@tabler/icons-react';
import type { ComponentType } from 'react';

/** A page. */
export interface Page {
  /** Path of the router, as `/devices/$id`. */
  readonly path: string;
  /** Place in the navigation; absent for pages that are reached from others. */
  readonly nav?: {
    readonly label: { readonly en: string; readonly de: string };
    readonly icon: Icon;
    readonly section: 'fleet' | 'work' | 'rules';
  };
  /** Permission without which it is not shown; absent: everybody who is signed in. */
  readonly permission?: string;
  /** Reached without signing in. */
  readonly isPublic?: boolean;
  /** Checks what the address says after `?`; what does not fit is left out. */
  readonly search?: (raw: Record<string, unknown>) => Record<string, unknown>;
  /** Loaded when it is opened. */
  readonly load: () => Promise<{ readonly View: ComponentType }>;
}
