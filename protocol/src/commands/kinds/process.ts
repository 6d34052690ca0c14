// Parameters of the kind process.signal.
import { type Static, Type } from 'typebox';
import { closed } from '../fields.ts';

/** One process, named so that a number used again for another program is never hit. Since 2. */
export const ProcessSignalArgs = Type.Object(
  {
    pid: Type.Integer({ minimum: 2, maximum: 4_194_304, description: 'Process id.' }),
    /** Start of the process as /proc/<pid>/stat says it (field 22, ticks since boot); another start: refused. */
    startTicks: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Start time of the process, ticks since boot.',
    }),
    signal: Type.Union(
      [
        Type.Literal('TERM'),
        Type.Literal('KILL'),
        Type.Literal('HUP'),
        Type.Literal('INT'),
        Type.Literal('USR1'),
        Type.Literal('USR2'),
      ],
      { description: 'Signal.' },
    ),
  },
  { ...closed, description: 'A process and a signal.' },
);
export type ProcessSignalArgs = Static<typeof ProcessSignalArgs>;
