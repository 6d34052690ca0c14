// A server in hardened mode with two persons at workstations of their own, by the real command line.
import { join } from 'node:path';
import type { Test } from 'tap';
import { startTestServer } from './server.ts';
import { hostCommand, makeWorkstation, signIn, type Workstation } from './workstation.ts';

/** Anna and Berta: each with a key of her own, which the other has never seen. */
export async function startHardened(t: Test) {
  const server = await startTestServer(t);
  const { url, dataDir } = server;
  const token = (await hostCommand(`token --name me --data-dir ${dataDir}`)).out.trim();
  const people: Workstation[] = [];
  for (const name of ['anna', 'berta']) {
    const one = await makeWorkstation(t, name);
    await signIn(t, one, { url, dataDir, token });
    people.push(one);
  }
  const [anna, berta] = people;
  if (anna === undefined || berta === undefined) throw new Error('nobody is there');
  const key = JSON.parse((await berta.done(t, 'keys new --no-passphrase --json')).out).publicKey;
  await anna.done(
    t,
    `trust harden --mode hardened --id anna --signer berta=${key} --no-passphrase --yes --keys ${join(dataDir, 'keys')}`,
  );
  return { server, anna, berta };
}
