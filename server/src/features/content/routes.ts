// Routes of content: add, sign, upload, list, read.
import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { encodeBase64url } from '@muster/protocol';
import { Type } from 'typebox';
import { originOf } from '../../core/audit/audit.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { SignedBody } from '../../core/http/signed.ts';
import { fail } from '../../errors.ts';
import { openContent } from './approval.ts';
import type { ContentDeps } from './deps.ts';
import { ContentList, ContentParams, ContentView, PieceQuery, UploadView } from './schema.ts';
import type { ContentService } from './service.ts';
import type { ContentRow } from './store.ts';

const tags = ['content'];

/** Content as the API shows it. @throws MusterError when its signatures no longer hold */
function toView(row: ContentRow, deps: ContentDeps): ContentView {
  const { document, digest, envelope, signers, needed, isApproved } = openContent(row.envelope, deps);
  return {
    digest,
    sha256: document.sha256,
    state: isApproved ? 'approved' : 'awaiting-signatures',
    missing: row.complete ? null : 'body',
    use: document.use,
    name: document.name,
    sizeBytes: document.sizeBytes,
    receivedBytes: row.received,
    interpreter: document.interpreter,
    place: document.place,
    runAs: [...document.runAs],
    stdin: document.stdin,
    timeoutMs: document.timeoutMs,
    okExits: [...document.okExits],
    requester: document.requester,
    reason: document.reason,
    signers: [...signers],
    needed,
    createdAt: row.createdAt.toISOString(),
    document,
    envelope: { ...envelope, signatures: envelope.signatures.map((one) => ({ ...one })) },
  };
}

/** Registers the routes. */
export function registerContentRoutes(app: HttpApp, deps: ContentDeps, service: ContentService): void {
  app.post(
    '/api/v1/content',
    {
      config: { permission: 'content.write', scope: 'organization' },
      schema: {
        summary: 'Add signed content; its body follows',
        tags,
        body: SignedBody,
        response: { 201: ContentView },
      },
    },
    async (request, reply) =>
      reply.code(201).send(toView(await service.add(request.body.envelope, originOf(request)), deps)),
  );

  app.get(
    '/api/v1/content',
    {
      config: { permission: 'content.read', scope: 'organization' },
      schema: { summary: 'List the newest signed content', tags, response: { 200: ContentList } },
    },
    async () => ({ content: (await service.list()).flatMap((row) => viewOrNothing(row, deps)) }),
  );

  app.get(
    '/api/v1/content/:digest',
    {
      config: { permission: 'content.read', scope: 'organization' },
      schema: { summary: 'Show signed content', tags, params: ContentParams, response: { 200: ContentView } },
    },
    async (request) => toView(await service.find(request.params.digest), deps),
  );

  app.post(
    '/api/v1/content/:digest/signatures',
    {
      config: { permission: 'content.approve', scope: 'organization' },
      schema: {
        summary: 'Add signatures to content',
        tags,
        params: ContentParams,
        body: SignedBody,
        response: { 200: ContentView },
      },
    },
    async (request) => {
      const { params, body } = request;
      return toView(await service.sign(params.digest, body.envelope, originOf(request)), deps);
    },
  );
  registerBody(app, service);
}

/** A document that nobody in force has signed is left out of the list; by its digest it says why. */
function viewOrNothing(row: ContentRow, deps: ContentDeps): ContentView[] {
  try {
    return [toView(row, deps)];
  } catch {
    return [];
  }
}

function registerBody(app: HttpApp, service: ContentService): void {
  app.get(
    '/api/v1/content/:digest/body',
    {
      config: { permission: 'content.read', scope: 'organization' },
      schema: { summary: 'Read the body of signed content', tags, params: ContentParams },
    },
    async (request, reply) => {
      const row = await service.find(request.params.digest);
      if (!row.complete) throw fail('E_NOT_FOUND', { detail: 'The body is not here yet.' });
      return reply
        .type('application/octet-stream')
        .header('content-length', row.sizeBytes)
        .header('content-disposition', `attachment; filename="${request.params.digest}"`)
        .send(Readable.from(readBody(service, encodeBase64url(row.sha256), row.sizeBytes)) as never);
    },
  );
  // The parser for bytes holds for this route alone.
  app.register((scope, _options, registered) => {
    scope.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    scope.withTypeProvider<TypeBoxTypeProvider>().put(
      '/api/v1/content/:digest/body',
      {
        config: { permission: 'content.write', scope: 'organization' },
        schema: {
          summary: 'Upload the next piece of a body, at most 256 KiB',
          tags,
          consumes: ['application/octet-stream'],
          params: ContentParams,
          querystring: PieceQuery,
          body: Type.Unknown({ description: 'Bytes.' }),
          response: { 200: UploadView },
        },
      },
      async (request) => {
        const { body } = request;
        if (!Buffer.isBuffer(body)) throw fail('E_MEDIA_TYPE', { detail: 'Send application/octet-stream.' });
        const { offset } = request.query;
        return service.upload(request.params.digest, { offset, body }, originOf(request));
      },
    );
    registered();
  });
}

async function* readBody(service: ContentService, sha256: string, sizeBytes: number) {
  for (let offset = 0; offset < sizeBytes; ) {
    const piece = await service.piece(sha256, offset);
    if (piece === null) return;
    offset += piece.data.length;
    yield piece.data;
  }
}
