// run.resolve: decides about another run, which only the executor's journal knows; this entry keeps the list of kinds complete.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { refuse } from './programs/find.ts';

/** The executor answers this kind itself, before it looks here; whatever reaches this place is refused. */
export const runResolve: Kind<KindArgs<'run.resolve'>> = {
  name: 'run.resolve',
  check: async () => refuse('E_UNSUPPORTED', 'Only the executor itself decides about runs.'),
  verify: async () => null,
};
