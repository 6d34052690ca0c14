// Ways to the provider and back: what a browser began, and what is done with who comes back.
import { fail } from '../../errors.ts';
import { admitBeginning, admitOwnBeginning, attempt, type Exchange, visitor } from './admit.ts';
import type { SigninDeps } from './deps.ts';
import { createFlows, type FlowPurpose } from './flows.ts';
import { finishFlow } from './identities.ts';
import type { Provider } from './provider.ts';
import { setSessionCookie } from './sessions.ts';

interface Wish {
  readonly id: string;
  readonly purpose: FlowPurpose;
  readonly next: string | undefined;
}

/** The ways of this process. */
export type Ways = ReturnType<typeof createWays>;

/** Makes them. */
export function createWays(deps: SigninDeps) {
  const flows = createFlows(deps.clock);

  function find(id: string): Provider {
    if (deps.provider?.id === id) return deps.provider;
    throw fail('E_NOT_FOUND', { detail: 'There is no provider with that id.' });
  }

  async function begin(exchange: Exchange, { id, purpose, next = '/' }: Wish): Promise<string> {
    const provider = find(id);
    if ('own' in purpose) admitOwnBeginning(deps, exchange);
    else admitBeginning(deps, exchange, 'provider');
    const { url, flow } = await provider.begin(purpose.kind === 'step-up');
    flows.begin(exchange.reply, { purpose, flow, next });
    return url;
  }

  /** Who came back is let in; whoever's browser began nothing here, or too long ago, is not. @throws MusterError E_CHALLENGE */
  function takeUp({ request, reply }: Exchange, id: string) {
    const { purpose, flow, next } = flows.take(request, reply);
    const query = request.url.split('?')[1] ?? '';
    async function finish(): Promise<string> {
      const text = await attempt(deps, { exchange: { request, reply }, account: null }, async () => {
        const who = await find(id).finish(query, flow, purpose.kind === 'step-up');
        return finishFlow(deps, purpose, { who, visitor: visitor(request) });
      });
      if (text !== null) setSessionCookie(reply, text);
      return `${deps.site.url}${next}`;
    }
    return { next, finish };
  }

  return { begin, takeUp };
}
