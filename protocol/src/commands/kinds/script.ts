// Parameters of the kind script.run.
import { type Static, Type } from 'typebox';
import { Bytes32 } from '../../messages/fields.ts';
import { closed } from '../fields.ts';

/** Runs signed content. Since 2. */
export const ScriptRunArgs = Type.Object(
  {
    /** sha256 of content whose use is `script`. */
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
    /** It is ended after that, ms. */
    timeoutMs: Type.Integer({ minimum: 1_000, maximum: 86_400_000, description: 'Timeout, ms.' }),
    /** Exit codes that mean success. No code twice. */
    okExits: Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), {
      minItems: 1,
      maxItems: 32,
      description: 'Exit codes that mean success.',
    }),
  },
  { ...closed, description: 'A script and its values.' },
);
export type ScriptRunArgs = Static<typeof ScriptRunArgs>;
