// The inventory conversation: offer hashes, want what is missing, put bodies, stored.
//
// Unchanged inventory costs nothing but eight bytes of the heartbeat. A change costs one offer and the bodies
// the server has not seen from any device of the organization.
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import { MAX_SLICES, PACKAGE_PARTS } from '../limits.ts';
import { Bytes32, Time } from './fields.ts';

const closed = { additionalProperties: false } as const;

/** Name of a slice or live section: lower-case words joined by `_`, as osquery names its tables. */
export const SectionName = Type.String({ pattern: '^[a-z][a-z0-9_]{0,47}$', description: 'Section name.' });

/** server → agent: send an offer (the digest of your heartbeat is not the one I hold). Since 1. */
export const InventoryAsk = Type.Object({ type: Type.Literal('inventory.ask') }, closed);
export type InventoryAsk = Frozen<Static<typeof InventoryAsk>>;

/** agent → server: everything it holds, by hash. The root is sha256 over the sorted `name=hash` lines. Since 1. */
export const InventoryOffer = Type.Object(
  {
    type: Type.Literal('inventory.offer'),
    root: Bytes32,
    slices: Type.Array(
      Type.Object(
        {
          name: SectionName,
          hash: Bytes32,
          /** Device clock, corrected by the session's offset, when this content was first seen. */
          since: Time,
        },
        closed,
      ),
      { maxItems: MAX_SLICES, description: 'One entry a slice except packages.' },
    ),
    /** Hashes of the package parts in order; empty when the device has no package list. */
    packages: Type.Array(Bytes32, {
      maxItems: PACKAGE_PARTS,
      description: 'Hashes of the 64 package parts.',
    }),
    /** When the package list was first seen in this form. */
    packagesSince: Time,
  },
  closed,
);
export type InventoryOffer = Frozen<Static<typeof InventoryOffer>>;

/** server → agent: send the bodies with these hashes; empty when all are known. Since 1. */
export const InventoryWant = Type.Object(
  {
    type: Type.Literal('inventory.want'),
    root: Bytes32,
    hashes: Type.Array(Bytes32, {
      maxItems: MAX_SLICES + PACKAGE_PARTS,
      description: 'Hashes of wanted bodies.',
    }),
  },
  closed,
);
export type InventoryWant = Frozen<Static<typeof InventoryWant>>;

/** server → agent, after the commit: the offered state with this root is stored. Since 1. */
export const InventoryStored = Type.Object({ type: Type.Literal('inventory.stored'), root: Bytes32 }, closed);
export type InventoryStored = Frozen<Static<typeof InventoryStored>>;

/** server → agent: run a live section now, for somebody who looks. Never stored in history. Since 1. */
export const LiveGet = Type.Object(
  {
    type: Type.Literal('live.get'),
    id: Type.Integer({
      minimum: 1,
      maximum: 4_294_967_295,
      description: 'Number of this question in the session.',
    }),
    name: SectionName,
  },
  closed,
);
export type LiveGet = Frozen<Static<typeof LiveGet>>;
