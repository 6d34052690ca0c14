// Proves that the protocol loads and works where there is no node: bundled for a browser, run with web globals only.
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import t from 'tap';

const entry = fileURLToPath(new URL('../../protocol/dist/index.js', import.meta.url));

t.test('the protocol needs nothing of node', async (t) => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'protocol',
    write: false,
    logLevel: 'silent',
  });
  const code = outputFiles[0]?.text ?? '';
  // A fresh context has the language only; these are what the protocol takes from the web platform.
  const context = createContext({ TextEncoder, TextDecoder });
  const result = runInContext(
    `${code}
    const { encodeHeartbeat, decodeHeartbeat, parseStrict, decodeServerMessage, compareVersions } = protocol;
    const beat = { inventoryDigest: new Uint8Array(8), uptimeS: 1, outboxDepth: 0, dropped: 0, cpuUsedRatio: 0.5, memoryUsedRatio: null, swapUsedRatio: null, diskUsedRatio: null, loadPerCpu: null };


    let refused = '';
    try { decodeServerMessage('{"type":"nonsense"}'); } catch (error) { refused = error.code; }
    JSON.stringify({
      beat: decodeHeartbeat(encodeHeartbeat(beat)).cpuUsedRatio,
      order: compareVersions('deb', '1.0~rc1', '1.0'),
      refused,
      strict: parseStrict('{"a":1}', { maxBytes: 100, maxDepth: 3 }),
    })`,
    context,
  );
  t.match(JSON.parse(String(result)), { beat: 0.5, refused: 'E_TYPE', strict: { a: 1 } });
  t.ok(JSON.parse(String(result)).order < 0, 'a release candidate comes before its release');
});
