// Parameters of the kinds power.reboot and power.shutdown.
import { type Static, Type } from 'typebox';
import { closed } from '../fields.ts';

/** When the machine goes down, and what its users are told. Since 2. */
export const PowerArgs = Type.Object(
  {
    /** Time between the start of the run and the going down, ms; users see the message at once. */
    delayMs: Type.Integer({ minimum: 0, maximum: 86_400_000, description: 'Delay, ms.' }),
    /** Shown to who is signed in; empty: a standard sentence. */
    message: Type.String({
      maxLength: 256,
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      description: 'Message to users; empty: a standard one.',
    }),
  },
  { ...closed, description: 'Delay and message.' },
);
export type PowerArgs = Static<typeof PowerArgs>;
