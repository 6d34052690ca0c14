// Parameters of the kind diagnostics.collect.
import { type Static, Type } from 'typebox';
import { closed } from '../fields.ts';

/** How far back the journal is read. Since 2. */
export const DiagnosticsArgs = Type.Object(
  {
    sinceMs: Type.Integer({ minimum: 60_000, maximum: 604_800_000, description: 'Journal of the last, ms.' }),
  },
  { ...closed, description: 'How far back.' },
);
export type DiagnosticsArgs = Static<typeof DiagnosticsArgs>;
