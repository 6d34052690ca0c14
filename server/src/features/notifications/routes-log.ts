// Routes of the log of messages: what was sent, what waits, what was given up, and once more.
import { withMappedErrors } from '../../core/db/failures.ts';
import { decodeCursor, type Keyset, PageOf, toPage } from '../../core/http/paging.ts';
import { principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import { changingOf, type NotificationRoutes, read, requireAlerts, write } from './routes.ts';
import { Message, MessageParams, MessageQuery } from './schema.ts';
import { retryMessage } from './service.ts';
import { type MessageRow, selectMessage, selectMessages } from './store-messages.ts';

const newestFirst: Keyset<[string, string]> = { list: 'notifications:newest', key: ['string', 'string'] };
const tags = ['notifications'];

function toMessage({ wayId: _wayId, wayName, ruleName, ...row }: MessageRow): Message {
  return {
    ...row,
    way: wayName,
    rule: ruleName,
    nextAt: row.state === 'waiting' ? row.nextAt.toISOString() : null,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

/** Registers the routes. */
export function registerLogRoutes(app: HttpApp, { deps, wake }: NotificationRoutes): void {
  const { sql } = deps;
  app.get(
    '/api/v1/notifications/messages',
    {
      config: read,
      preHandler: requireAlerts,
      schema: {
        summary: 'List messages, newest first',
        tags,
        querystring: MessageQuery,
        response: { 200: PageOf(Message) },
      },
    },
    async (request) => {
      const { limit, cursor, state = null } = request.query;
      const key = decodeCursor(newestFirst, cursor);
      const after = key === undefined ? null : { createdAt: new Date(key[0]), id: key[1] };
      const wish = { state, after, limit: limit + 1 };
      const rows = await withMappedErrors(() => selectMessages(sql, principalOf(request).tenant, wish));
      const keyOf = (row: MessageRow): [string, string] => [row.createdAt.toISOString(), row.id];
      const page = toPage(rows, limit, { keyset: newestFirst, keyOf });
      return { items: page.items.map(toMessage), next: page.next };
    },
  );
  app.get(
    '/api/v1/notifications/messages/:id',
    {
      config: read,
      preHandler: requireAlerts,
      schema: { summary: 'Show a message', tags, params: MessageParams, response: { 200: Message } },
    },
    async (request) => readMessage(principalOf(request).tenant, request.params.id),
  );
  app.post(
    '/api/v1/notifications/messages/:id/retry',
    {
      config: write,
      preHandler: requireAlerts,
      schema: {
        summary: 'Try a message again that was given up',
        tags,
        params: MessageParams,
        response: { 200: Message },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { id } = request.params;
      await retryMessage(deps, changingOf(request), id);
      wake();
      return readMessage(tenant, id);
    },
  );

  async function readMessage(tenant: number, id: string): Promise<Message> {
    const row = await withMappedErrors(() => selectMessage(sql, tenant, id));
    if (row === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no message with that id.' });
    return toMessage(row);
  }
}
