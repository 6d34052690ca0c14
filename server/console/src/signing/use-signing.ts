// Signing for pages: the trust document, who one is in it, and the gesture in the words of the reader.
import type { ReadonlyTrust, Unsigned } from '@muster/protocol';
import { useText } from '../app/text.ts';
import type { ApiEnvelope } from './api.ts';
import { type PasskeyWay, sealByGesture } from './gesture.ts';
import { useSignerId, useTrust, useWhoami } from './me.ts';
import { text } from './text.ts';
import { judgeWay, readPlace, type Way, type Wish } from './ways.ts';

/** What a page needs to let somebody sign. */
export interface Signing {
  readonly trust: ReadonlyTrust;
  wayOf(wish: Wish): Way;
  seal(unsigned: Unsigned, way: PasskeyWay): Promise<ApiEnvelope>;
  /** What is said when devices are no longer those that were shown. */
  readonly changed: string;
}

/** null while it is not known what the trust document says and who asks: nobody shall be told for a moment that he cannot sign here. */
export function useSigning(): Signing | null {
  const say = useText(text);
  const { data } = useTrust();
  const { isPending } = useWhoami();
  const signerId = useSignerId();
  if (data === undefined || isPending) return null;
  const trust = data.document;
  const words = { canceled: say('canceled'), foreign: say('foreign') };
  return {
    trust,
    wayOf: (wish) => judgeWay(trust, wish, { signerId, place: readPlace() }),
    seal: (unsigned, way) => sealByGesture(unsigned, way, words),
    changed: say('changed'),
  };
}
