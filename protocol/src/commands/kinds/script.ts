// Parameters of the kind script.run.
import { type Static, Type } from 'typebox';
import { Bytes32 } from '../../messages/fields.ts';
import { closed } from '../fields.ts';

/** Runs signed content. Since 2. */
export const ScriptRunArgs = Type.Object(
  {
    /** Digest of the content document, whose use is `script`: it bounds everything below, and says how long it may run and what its exit codes mean. */
    content: Bytes32,
    /** Values of the parameters that the content declares; others are refused. */
    parameters: Type.Record(
      Type.String({ pattern: '^[a-z][a-z0-9_]{0,31}$' }),
      Type.Union([
        Type.String({ maxLength: 4096 }),
        Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
        Type.Boolean(),
      ]),
      { ...closed, maxProperties: 32, description: 'Values of the parameters.' },
    ),
    /** Text on its standard input; empty: nothing. */
    stdin: Type.String({ maxLength: 32_768, description: 'Standard input; empty: nothing.' }),
    /** User it runs as; empty: root, or whoever the executor runs as. */
    runAs: Type.String({ pattern: '^(?:[a-z_][a-z0-9_-]{0,31})?$', description: 'User; empty: root.' }),
  },
  { ...closed, description: 'A script and its values.' },
);
export type ScriptRunArgs = Static<typeof ScriptRunArgs>;
