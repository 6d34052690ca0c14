// The audit of a real server with two workers: sealed by whoever is the controller, verified by muster-verify, and told of a backup that took history away.
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Envelope, parseEnvelope } from '@muster/protocol';
import t from 'tap';
import { readLog, root, runNode, serverProgram, signalProcess, startNode } from '../support/processes.ts';
import { makeFolder } from '../support/server.ts';
import { prepareServer, type ServerProcess } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const isSource = import.meta.url.endsWith('.ts');
const program = isSource
  ? ['--conditions=muster-source', '--import', 'tsx', join(root, 'server/cli/src/verify/main.ts')]
  : [join(root, 'server/cli/dist/verify/main.js')];

/** What the program says about an export. */
async function verify(
  folder: string,
  lines: string,
  { hash, seen = [] }: { hash: string; seen?: readonly Envelope[] },
) {
  const path = join(folder, 'audit.jsonl');
  await writeFile(path, lines);
  const witnesses: string[] = [];
  for (const [at, envelope] of seen.entries()) {
    const file = join(folder, `device-${at}.json`);
    await writeFile(file, JSON.stringify({ witness: { newest: { envelope }, alarm: null } }));
    witnesses.push('--witness', file);
  }
  const run = startNode(t, [...program, path, '--trust-hash', hash, ...witnesses]);
  return { code: await run.ended, text: run.output() };
}

async function act(server: ServerProcess, times: number): Promise<void> {
  for (let at = 0; at < times; at++)
    await until('it is done', async () => {
      const body = { name: `token ${at}` };
      // A connection that the killed process had taken is cut; whoever asks again gets through.
      const made = await server.call('/api/v1/enrollment-tokens', { method: 'POST', body }).catch(() => null);
      return made?.status === 201;
    });
}

const exportOf = (server: ServerProcess) =>
  until('the export is there', async () => {
    const answer = await server.call('/api/v1/audit/export').catch(() => null);
    return answer?.status === 200 ? answer.text : undefined;
  });

t.test(
  'the chain goes on over the death of the controller, and a restored backup says what it is',
  async (t) => {
    const folder = await makeFolder(t, 'audit');
    const server = await prepareServer(t, { flags: ['--workers', '2'] });
    await server.start();
    const { body } = await server.call<{ hash: string }>('/api/v1/trust');
    const { hash } = body;
    await act(server, 5);
    type Made = { items: readonly { actor: { id: string } }[] };
    const { body: made } = await server.call<Made>('/api/v1/audit?act=enrollment-token.make');
    type People = { items: readonly { id: string; handle: string }[] };
    const { body: people } = await server.call<People>('/api/v1/persons');
    const actor = made.items[0]?.actor;
    const handle = people.items.find(({ id }) => id === actor?.id)?.handle;
    t.match(actor, { kind: 'person', name: handle, via: 'token', viaId: /^tok_/ }, 'who, and by which token');
    const backup = join(folder, 'backup.sql.gz');
    await runNode(t, serverProgram('db', 'backup', backup, '--data-dir', server.dataDir));
    await act(server, 5);
    const before = await exportOf(server);
    t.match(await verify(folder, before, { hash }), { code: 0, text: /Everything holds/ });

    const entries = readLog(server);
    const taken = entries.findLast(({ msg }) => msg === 'took the lease');
    const worker = entries.findLast(
      (entry) => entry.msg === 'a worker is ready' && entry.worker === taken?.worker,
    );
    const pid = Number(worker?.pid);
    signalProcess(pid, 'SIGKILL');
    await act(server, 5);
    // An export signs a checkpoint of what was done; a device sees it, and the next export ends no earlier.
    await exportOf(server);
    const envelope = await until('there is a checkpoint', async () => {
      const path = '/api/v1/audit/checkpoint';
      const answer = await server.call<{ envelope: Envelope }>(path).catch(() => null);
      return answer?.status === 200 ? answer.body.envelope : undefined;
    });
    const seen = [parseEnvelope(envelope)];
    const after = await exportOf(server);
    t.match(await verify(folder, after, { hash, seen }), { code: 0, text: /1 seen by devices/ });
    t.ok(after.length > before.length);
    t.equal(await server.stop(), 0);

    const restored = await prepareServer(t, {
      async prepare(place) {
        await mkdir(place, { recursive: true });
        await runNode(t, serverProgram('db', 'restore', backup, '--data-dir', place));
        for (const name of ['keys', 'tls'])
          await cp(join(server.dataDir, name), join(place, name), { recursive: true });
      },
    });
    await restored.start();
    const { body: list } = await restored.call('/api/v1/audit?act=database.restore');
    t.match(list.items, [{ actor: { kind: 'host' } }]);
    const shorter = await exportOf(restored);
    t.match(await verify(folder, shorter, { hash }), { code: 0, text: /Everything holds/ });
    t.match(await verify(folder, shorter, { hash, seen }), {
      code: 1,
      text: /history was cut off|other entries/,
    });
  },
);
