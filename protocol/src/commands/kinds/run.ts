// Parameters of the kind run.resolve.
import { type Static, Type } from 'typebox';
import { CommandId, closed } from '../fields.ts';

/** A person's decision about a run that was interrupted and may not repeat itself. Since 2. */
export const RunResolveArgs = Type.Object(
  {
    /** The command whose run waits on the device. */
    command: CommandId,
    action: Type.Union([Type.Literal('again'), Type.Literal('give-up')], {
      description: 'Run it again, or give it up.',
    }),
  },
  { ...closed, description: 'What becomes of an interrupted run.' },
);
export type RunResolveArgs = Static<typeof RunResolveArgs>;
