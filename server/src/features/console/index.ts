// Serves the console: hashed files that never change, one page for every address of its own, nothing for the rest.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpApp } from '../../core/http/server.ts';
import { isPageAddress, isPlainPath } from './address.ts';

/** Where the build puts it, beside sources and compiled server alike. */
const BUILT = fileURLToPath(new URL('../../../console/dist/', import.meta.url));

/** A year: the name of such a file changes with its content. */
const FOREVER = 'public, max-age=31536000, immutable';

/** Files at the root, and the folders of all others. The page itself is answered for every address that is one. */
const patterns = ['/icon.svg', '/theme.js', '/assets/*', '/docs/*'];

/** The console of a server. */
export interface Console {
  /** Answers an address of the console that is no file; null: it is none. */
  page(request: FastifyRequest, reply: FastifyReply): FastifyReply | null;
  /** Registers the files. */
  serve(app: HttpApp): Promise<void>;
}

/** Makes the console; one that was not built answers nothing. */
export function createConsole(folder = BUILT): Console {
  const isBuilt = existsSync(`${folder}/index.html`);
  return {
    page(request, reply) {
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      if (!isBuilt || !isRead || !isPageAddress(request.url)) return null;
      return reply.sendFile('index.html');
    },
    async serve(app) {
      if (!isBuilt) return;
      await app.register(fastifyStatic, {
        root: folder,
        serve: false,
        index: false,
        dotfiles: 'ignore',
        preCompressed: true,
        cacheControl: false,
        setHeaders(response, path) {
          const isHashed = path.startsWith(`${folder}assets/`);
          // The page names the files of its own version, so it must never be older than they are.
          const isPage = path.startsWith(`${folder}index.html`);
          response.setHeader('cache-control', isHashed ? FOREVER : isPage ? 'no-store' : 'no-cache');
        },
      });
      for (const url of patterns)
        app.get(url, { config: { public: true }, schema: { hide: true } }, (request, reply) =>
          isPlainPath(request.url) ? reply.sendFile(request.url.split('?')[0] ?? '') : reply.callNotFound(),
        );
    },
  };
}
