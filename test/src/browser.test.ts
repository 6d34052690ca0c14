// Proves that the protocol loads and works where there is no node: bundled for a browser, run with web globals only.
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import t from 'tap';

/** Bundles an entrance of the protocol for a browser. */
async function bundle(entrance: string): Promise<string> {
  const entry = fileURLToPath(new URL(`../../protocol/dist/${entrance}`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'protocol',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/** Runs a program where there is the language, and what the protocol takes from the web platform; texts are never made into code. */
function runInBrowser(code: string): unknown {
  const context = createContext(
    { TextEncoder, TextDecoder },
    { codeGeneration: { strings: false, wasm: false } },
  );
  return runInContext(code, context);
}

t.test('the protocol needs nothing of node', async (t) => {
  const result = runInBrowser(
    `${await bundle('index.js')}
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
  );
  t.match(JSON.parse(String(result)), { beat: 0.5, refused: 'E_TYPE', strict: { a: 1 } });
  t.ok(JSON.parse(String(result)).order < 0, 'a release candidate comes before its release');
});

t.test('a page judges conditions and shows commands by the same code as a device', async (t) => {
  const judged = runInBrowser(
    `${await bundle('policy/language/index.js')}
    const facts = { values: { 'os.family': 'debian' } };
    JSON.stringify(['os.family == "debian"', 'os.family == "rhel"'].map((text) =>
      protocol.compileExpression(text, { for: 'device' }).evaluate(facts)))`,
  );
  t.same(JSON.parse(String(judged)), [true, false]);
  const said = runInBrowser(
    `${await bundle('commands/index.js')}
    let refused = '';
    try { protocol.checkKindArgs('service.restart', { name: '--now' }); } catch (error) { refused = error.code; }
    JSON.stringify({ refused, kind: protocol.kindEntry('device.wipe').repeat })`,
  );
  t.same(JSON.parse(String(said)), { refused: 'E_SCHEMA', kind: 'once' });
});
