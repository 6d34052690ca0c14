// Where this terminal is signed in, and how far the trust of that server goes.
import type { TrustView } from '../api/types.ts';
import { type Canvas, paint } from '../output/canvas.ts';
import { safeText } from '../output/safe-text.ts';
import { drawFacts } from '../output/table.ts';

/** What stands beside the answer of the server. */
export interface SignIn {
  readonly url: string;
  /** Path of the sign-in file; null: from the environment. */
  readonly profile: string | null;
}

/** Draws it. */
export function drawSignIn(trust: TrustView, { url, profile }: SignIn, canvas: Canvas): string {
  const isSoft = trust.soft.length > 0;
  const facts = drawFacts(
    [
      ['Server', url],
      ['Sign-in', profile ?? 'from the environment (MUSTER_URL, MUSTER_TOKEN)'],
      ['Organization', `${trust.organization.name} (${trust.organization.id})`],
      ['Trust', { text: `${trust.mode}, version ${trust.version}`, tone: isSoft ? 'warn' : 'good' }],
      ['Signers', trust.signers.map(({ name, roles }) => `${name} (${roles.join(', ')})`).join('; ')],
    ],
    canvas,
  );
  if (!isSoft) return facts;
  const lines = trust.soft.map((sentence) => `  - ${safeText(sentence)}`);
  return `${facts}\n\n${paint('Still soft', 'strong', canvas)}\n${lines.join('\n')}`;
}
