// What the files of routes share: their tag, who may call, and the answer that shows a session.
import { SESSION_COOKIE } from '../../core/http/site.ts';
import type { SigninDeps } from './deps.ts';
import { readSession } from './sessions.ts';
import { createViews } from './view.ts';

/** Tag of these routes in the API description. */
export const tags = ['sign-in'];
/** Anybody may ask; the answer has no use for a token. */
export const open = { config: { public: true } } as const;
export const openSchema = { tags, security: [] };
/** What belongs to the person who is signed in. */
export const own = { permission: 'me.write', scope: 'own' } as const;

/** Answers with the session that has just been opened: the view a page needs next. */
export type Answer = ReturnType<typeof createAnswer>;

/** Makes it. */
export function createAnswer(deps: SigninDeps) {
  const { sql, clock } = deps;
  const readView = createViews(deps);
  return {
    /** The session of this request's cookie. */
    present: async (request: Parameters<typeof readSession>[2]) =>
      readView(await readSession(sql, clock, request)),
    /** One by its text, which the browser has not sent yet. */
    opened: async (text: string) =>
      readView(await readSession(sql, clock, { headers: { cookie: `${SESSION_COOKIE}=${text}` } })),
  };
}
