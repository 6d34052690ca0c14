// Persons: who works with this server, the keys they have shown to hold, and tokens that are never stronger than their maker's.
import {
  checkEd25519Key,
  decodeBase64url,
  encodeBase64url,
  encodeUtf8,
  keyid,
  pae,
  type ReadonlyTrust,
} from '@muster/protocol';
import type { Clock } from '../../core/clock.ts';
import { nodeCrypto } from '../../core/crypto.ts';
import { isConflict, withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Principal } from '../../core/http/permission.ts';
import { newId } from '../../core/ids.ts';
import { fail } from '../../errors.ts';
import { MAX_KEYS_PER_PERSON } from './limits.ts';
import { allPermissions, isPermission } from './permissions.ts';
import type { NewKey, NewPersonToken, Person } from './schema.ts';
import { makeApiToken, tokenIdOf } from './service.ts';
import { updateRevoked } from './store.ts';
import {
  insertKey,
  insertPerson,
  type PersonKeyRow,
  type PersonRow,
  type PersonTokenRow,
  selectKeys,
  selectPerson,
  selectPersons,
  selectTokens,
  upsertSigners,
} from './store-persons.ts';

/** Kind of what a key signs to show that somebody holds it; no document type, so the signature is worth nothing elsewhere. */
const KEY_PROOF = 'application/vnd.muster.key-proof.v1';

/** What persons are kept with. */
export interface PersonsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  /** Organization id, part of every proof. */
  readonly org: string;
  /** The trust document in force. */
  readonly trust: () => ReadonlyTrust;
}

/** A person with what hangs on him. */
interface Held {
  readonly keys: readonly PersonKeyRow[];
  readonly tokens: readonly PersonTokenRow[];
}

/** The signer who has one of these keys. */
function findSigner(trust: ReadonlyTrust, keys: readonly PersonKeyRow[]): string | null {
  const texts = new Set(keys.map(({ publicKey }) => encodeBase64url(publicKey)));
  return trust.signers.find((signer) => signer.keys.some(({ key }) => texts.has(key)))?.id ?? null;
}

function toPerson({ trust }: PersonsDeps, row: PersonRow, held: Held): Person {
  const keys = held.keys.filter(({ person }) => person === row.id);
  return {
    id: row.id,
    handle: row.handle,
    name: row.name,
    signerId: findSigner(trust(), keys),
    keys: keys.map(({ publicKey, name, createdAt }) => ({
      key: encodeBase64url(publicKey),
      keyid: keyid(publicKey, nodeCrypto),
      name,
      at: createdAt.toISOString(),
    })),
    tokens: held.tokens
      .filter(({ person }) => person === row.id)
      .map(({ id, name, expiresAt }) => ({ id, name, expiresAt: expiresAt.toISOString() })),
    createdAt: row.createdAt.toISOString(),
  };
}

/** Everybody, oldest first. */
export async function listPersons(deps: PersonsDeps, tenant: number): Promise<Person[]> {
  const { sql } = deps;
  const [rows, keys, tokens] = await withMappedErrors(() =>
    Promise.all([selectPersons(sql, tenant), selectKeys(sql, tenant, null), selectTokens(sql, tenant, null)]),
  );
  return rows.map((row) => toPerson(deps, row, { keys, tokens }));
}

/** One person. @throws MusterError E_NOT_FOUND */
async function readPerson(deps: PersonsDeps, tenant: number, id: string): Promise<Person> {
  const { sql } = deps;
  const [row, keys, tokens] = await withMappedErrors(() =>
    Promise.all([selectPerson(sql, tenant, id), selectKeys(sql, tenant, id), selectTokens(sql, tenant, id)]),
  );
  if (row === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no person with that id.' });
  return toPerson(deps, row, { keys, tokens });
}

/** A handle out of a name: small letters and digits, everything else a dash. */
function handleOf(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '');
  const handle = plain
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32);
  return handle === '' ? 'person' : handle;
}

/** Adds a person. @throws MusterError E_CONFLICT for a handle in use or too many persons */
export async function addPerson(
  deps: PersonsDeps,
  tenant: number,
  { name, id: given }: { readonly name: string; readonly id?: string },
): Promise<Person> {
  const id = newId('per');
  const handle = given ?? handleOf(name);
  try {
    const isAdded = await withMappedErrors(() => insertPerson(deps.sql, tenant, { id, handle, name }));
    if (!isAdded) throw fail('E_CONFLICT', { detail: 'There are as many persons as a server keeps.' });
  } catch (error) {
    if (!isConflict(error, 'person_handle')) throw error;
    throw fail('E_CONFLICT', {
      cause: error,
      detail: `There is a person ${handle} already; choose another id.`,
    });
  }
  return readPerson(deps, tenant, id);
}

/** Registers a key whose holder has shown that he has it. @throws MusterError E_KEY, E_SIG, E_CONFLICT, E_NOT_FOUND */
export async function addKey(
  deps: PersonsDeps,
  { tenant, person }: { readonly tenant: number; readonly person: string },
  { key, name, proof }: NewKey,
): Promise<Person> {
  const publicKey = decodeBase64url(key);
  checkEd25519Key(publicKey);
  const message = pae(KEY_PROOF, encodeUtf8(`${deps.org}\n${key}`));
  if (!nodeCrypto.verifyEd25519(publicKey, message, decodeBase64url(proof)))
    throw fail('E_SIG', { detail: 'The proof was not made with this key for this organization.' });
  const known = await readPerson(deps, tenant, person);
  if (known.keys.length >= MAX_KEYS_PER_PERSON)
    throw fail('E_CONFLICT', { detail: `A person has at most ${MAX_KEYS_PER_PERSON} keys.` });
  try {
    await withMappedErrors(() => insertKey(deps.sql, tenant, { person, publicKey, name }));
  } catch (error) {
    if (!isConflict(error, 'person_key_once')) throw error;
    throw fail('E_CONFLICT', {
      cause: error,
      detail: 'This key is registered already; one key has one holder.',
    });
  }
  return readPerson(deps, tenant, person);
}

/**
 * Makes a token for a person: at most the permissions of the token that asks, and no longer life, so that nobody
 * can make himself stronger or last longer by way of another.
 * @throws MusterError E_FORBIDDEN, E_NOT_FOUND
 */
export async function addToken(
  deps: PersonsDeps,
  maker: Principal,
  { person, name, permissions, expiresInMs }: NewPersonToken & { readonly person: string },
) {
  const { sql, clock } = deps;
  const { tenant } = maker;
  await readPerson(deps, tenant, person);
  const wanted = permissions ?? [...maker.permissions];
  const unheld = wanted.filter((one) => !maker.permissions.has(one));
  if (unheld.length > 0)
    throw fail('E_FORBIDDEN', {
      detail: `A token cannot be stronger than the one that makes it, which lacks: ${unheld.join(', ')}.`,
    });
  const granted = wanted.filter(isPermission);
  const request = {
    ...{ tenant, name, permissions: granted, person, createdBy: maker.name },
    ...{ expiresInMs, notAfterMs: maker.expiresMs },
  };
  const token = await makeApiToken(sql, clock, request);
  const expiresAt = new Date(Math.min(clock.now() + expiresInMs, maker.expiresMs)).toISOString();
  return { id: tokenIdOf(token), token, permissions: granted, expiresAt };
}

/** Ends a token of a person. @throws MusterError E_NOT_FOUND */
export async function endToken(
  deps: PersonsDeps,
  token: { readonly tenant: number; readonly person: string; readonly id: string },
): Promise<Person> {
  const isEnded = await withMappedErrors(() => updateRevoked(deps.sql, token));
  if (!isEnded) throw fail('E_NOT_FOUND', { detail: 'This person has no token in force with that id.' });
  return readPerson(deps, token.tenant, token.person);
}

/** Who is asking. */
export async function describePrincipal(deps: PersonsDeps, principal: Principal) {
  const { tenant, tokenId, name, expiresMs } = principal;
  const found = principal.person === null ? null : await readPerson(deps, tenant, principal.person);
  const person =
    found === null
      ? null
      : { id: found.id, handle: found.handle, name: found.name, signerId: found.signerId };
  const permissions = allPermissions.filter((one) => principal.permissions.has(one));
  const token = { id: tokenId, name, permissions, expiresAt: new Date(expiresMs).toISOString() };
  return { tenant, token, person };
}

/** Everybody whom the trust document names as a person exists here as well, with his keys. */
export async function adoptSigners(sql: RawSql, tenant: number, trust: ReadonlyTrust): Promise<void> {
  const signers = trust.signers
    .filter(({ kind }) => kind === 'person')
    .map(({ id, name, keys }) => ({
      id,
      name,
      keys: keys.filter(({ scheme }) => scheme === 'ed25519').map(({ key }) => decodeBase64url(key)),
    }));
  await withMappedErrors(() => upsertSigners(sql, tenant, { signers, newPersonId: () => newId('per') }));
}

/** The person a token made on the host belongs to: by handle, else the first. @throws MusterError E_NOT_FOUND */
export async function findPerson(sql: RawSql, tenant: number, handle: string | null): Promise<string | null> {
  const persons = await withMappedErrors(() => selectPersons(sql, tenant));
  if (handle === null) return persons[0]?.id ?? null;
  const found = persons.find((person) => person.handle === handle || person.id === handle);
  if (found === undefined)
    throw fail('E_NOT_FOUND', {
      detail: `There is no person ${handle}; there are ${persons.map((person) => person.handle).join(', ')}.`,
    });
  return found.id;
}
