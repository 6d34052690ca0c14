// The console's files as a browser gets them: what is cached, what is the page, and what is not.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createHttp } from '../../core/http/server.ts';
import { silentLog } from '../../core/log.ts';
import { isPageAddress } from './address.ts';
import { createConsole } from './index.ts';

async function openConsole(t: { teardown(work: () => Promise<void>): unknown }) {
  const folder = await mkdtemp(join(tmpdir(), 'muster-console-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'assets'));
  await mkdir(join(folder, 'docs'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Muster</title>');
  await writeFile(join(folder, 'icon.svg'), '<svg/>');
  await writeFile(join(folder, 'theme.js'), '// theme');
  await writeFile(join(folder, 'assets', 'index-abc.js'), '// code');
  await writeFile(join(folder, 'docs', 'errors.md'), '# Errors');
  await writeFile(join(folder, 'secret.txt'), 'not to be served');
  const site = createConsole(`${folder}/`);
  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    permissions: new Set(['devices.read']),
    now: () => 0,
    authenticate: async () => null,
    page: site.page,
  });
  await site.serve(app);
  app.post('/api/v1/things', { config: { public: true } }, async () => ({}));
  await app.ready();
  t.teardown(() => app.close());
  return app;
}

t.test('files, pages and what is neither', async (t) => {
  const app = await openConsole(t);
  const get = (url: string) => app.inject({ method: 'GET', url });

  const code = await get('/assets/index-abc.js');
  t.equal(code.statusCode, 200);
  t.equal(code.headers['cache-control'], 'public, max-age=31536000, immutable');
  t.match(code.headers['content-type'], /javascript/);

  for (const url of ['/', '/devices', '/devices/dev_x?tab=charts', '/help/architecture/language']) {
    const page = await get(url);
    t.equal(page.statusCode, 200, `${url} is a page`);
    t.equal(page.headers['cache-control'], 'no-store');
    t.match(page.headers['content-type'], /text\/html/);
    const policy = String(page.headers['content-security-policy']);
    t.match(policy, /require-trusted-types-for 'script'/);
    t.match(policy, /trusted-types default(;|$)/);
    t.notMatch(policy.replace(/style-src[^;]*/, ''), /unsafe/, 'no inline script');
    t.equal(page.headers['cross-origin-opener-policy'], 'same-origin');
    t.equal(page.headers['cross-origin-resource-policy'], 'same-origin');
  }

  t.equal((await get('/docs/errors.md')).body, '# Errors');
  for (const url of [
    '/api/v1/nothing',
    '/agent/nothing',
    '/secret.txt',
    '/assets/nothing.js',
    '/assets/%2e%2e/secret.txt',
    '/docs/..%2fsecret.txt',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e%2fetc%2fpasswd',
    '/devices/%5c..%5cetc',
    '/nothing.php',
  ]) {
    const answer = await get(url);
    t.not(answer.statusCode, 200, `${url} is not there`);
    t.match(answer.json(), { code: /E_NOT_FOUND|E_REQUEST/ }, url);
  }
  t.equal((await app.inject({ method: 'POST', url: '/devices' })).statusCode, 404, 'a page is only read');
  t.equal((await get('/api/v1/things')).statusCode, 405, 'a wrong method is still told');
});

t.test('a server without a built console answers as if there were none', async (t) => {
  const site = createConsole('/nowhere/');
  t.equal(site.page({ method: 'GET', url: '/' } as never, {} as never), null);
});

t.test('addresses of pages', async (t) => {
  t.ok(isPageAddress('/jobs?state=open'));
  t.notOk(isPageAddress('/api'));
  t.notOk(isPageAddress('/metrics'));
  t.notOk(isPageAddress('/a/b.js'));
  t.ok(isPageAddress('/devices/dev_x?on=os.name%20%3D%3D%20%22a%2fb%22'), 'a query may have escapes');
  for (const url of ['/..%2fa', '/%2e%2e/a', '/a/../b', '/a%00', '/a\\b'])
    t.notOk(isPageAddress(url), `${url} is written to get somewhere else`);
});
