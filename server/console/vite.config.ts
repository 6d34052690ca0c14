// How the console is made: one page whose parts are loaded when they are needed, all of it from the server itself.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

/** The docs lie beside the console, so that help needs no other host. */
function bringDocs(): Plugin {
  return {
    name: 'muster-docs',
    generateBundle() {
      for (const name of readdirSync(docs, { recursive: true, encoding: 'utf8' })) {
        if (!name.endsWith('.md')) continue;
        const source = readFileSync(join(docs, name), 'utf8');
        this.emitFile({ type: 'asset', fileName: `docs/${name.replaceAll('\\', '/')}`, source });
      }
    },
  };
}

/** What a browser loads is compressed once, not for each reader. */
function compress(): Plugin {
  return {
    name: 'muster-compress',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          if (!/\.(?:js|css|md)$/.test(fileName)) continue;
          const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source);
          this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotliCompressSync(bytes) });
          this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(bytes) });
        }
      },
    },
  };
}

// The tool asks for a default export.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  plugins: [react(), bringDocs(), compress()],
  resolve: { conditions: ['muster-source', 'module', 'browser', 'production'] },
  build: {
    target: 'es2022',
    sourcemap: true,
    chunkSizeWarningLimit: 1_000,
    // An inlined file would be a data: address, which the policy of the page allows for pictures only.
    assetsInlineLimit: 0,
    // Its polyfill is a script in the page itself; every browser we support loads modules ahead.
    modulePreload: { polyfill: false },
  },
});
