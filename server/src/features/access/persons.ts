// Persons: who works with this server, the keys they have shown to hold, and tokens that are never stronger than their maker's.
import { decodeBase64url, encodeBase64url, keyid, type ReadonlyTrust } from '@muster/protocol';
import { type AuditOrigin, done, writeAudit } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { nodeCrypto } from '../../core/crypto.ts';
import { isConflict, withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { grantEverywhere, type Principal } from '../../core/http/permission.ts';
import type { Site } from '../../core/http/site.ts';
import { newId } from '../../core/ids.ts';
import { fail } from '../../errors.ts';
import { checkLimit, intersectGrants, limitGrants } from './grants.ts';
import { checkProof, describeKey } from './key-proof.ts';
import { MAX_KEYS_PER_PERSON } from './limits.ts';
import { allPermissions, isPermission } from './permissions.ts';
import type { NewKey, NewPersonToken, Person } from './schema.ts';
import { makeApiToken, tokenIdOf } from './service.ts';
import { updateRevoked } from './store.ts';
import {
  deleteKey,
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
import { type PersonRoleRow, selectFirstAdmin, selectPersonRoles } from './store-roles.ts';

/** What persons are kept with. */
export interface PersonsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  /** Organization id, part of every proof. */
  readonly org: string;
  /** Where passkeys of this server are. */
  readonly site: Site;
  /** The trust document in force. */
  readonly trust: () => ReadonlyTrust;
  /** Ends what a person who is disabled is signed in with, in the same transaction; absent where nobody signs in. */
  endSignIn?(tx: RawSql, person: string): Promise<void>;
}

/** A person with what hangs on him. */
interface Held {
  readonly keys: readonly PersonKeyRow[];
  readonly tokens: readonly PersonTokenRow[];
  readonly roles: readonly PersonRoleRow[];
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
      scheme: describeKey(publicKey).scheme,
      keyid: keyid(publicKey, nodeCrypto, describeKey(publicKey).algorithm),
      name,
      at: createdAt.toISOString(),
    })),
    tokens: held.tokens
      .filter(({ person }) => person === row.id)
      .map(({ id, name, expiresAt }) => ({ id, name, expiresAt: expiresAt.toISOString() })),
    roles: held.roles
      .filter(({ person }) => person === row.id)
      .map(({ role, name, where }) => ({ role, name: name ?? role, where })),
    disabledAt: row.disabledAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

/** Everybody, oldest first. */
export async function listPersons(deps: PersonsDeps, tenant: number): Promise<Person[]> {
  const { sql } = deps;
  const [rows, keys, tokens, roles] = await withMappedErrors(() =>
    Promise.all([
      selectPersons(sql, tenant),
      selectKeys(sql, tenant, null),
      selectTokens(sql, tenant, null),
      selectPersonRoles(sql, tenant, null),
    ]),
  );
  return rows.map((row) => toPerson(deps, row, { keys, tokens, roles }));
}

/** One person. @throws MusterError E_NOT_FOUND */
export async function readPerson(deps: PersonsDeps, tenant: number, id: string): Promise<Person> {
  const { sql } = deps;
  const [row, keys, tokens, roles] = await withMappedErrors(() =>
    Promise.all([
      selectPerson(sql, tenant, id),
      selectKeys(sql, tenant, id),
      selectTokens(sql, tenant, id),
      selectPersonRoles(sql, tenant, id),
    ]),
  );
  if (row === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no person with that id.' });
  return toPerson(deps, row, { keys, tokens, roles });
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
  { name, id: given, origin }: { readonly name: string; readonly id?: string; readonly origin: AuditOrigin },
): Promise<Person> {
  const id = newId('per');
  const handle = given ?? handleOf(name);
  try {
    const subject = { kind: 'person', id, name: handle };
    const event = done(origin, { tenant, act: 'person.make', subject, detail: { name } });
    const isAdded = await withMappedErrors(() => insertPerson(deps.sql, tenant, { id, handle, name, event }));
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

/** Whose keys are changed, and by whom. */
interface KeyOwner {
  readonly tenant: number;
  readonly person: string;
  readonly origin: AuditOrigin;
}

/** Registers a key whose holder has shown that he has it. @throws MusterError E_KEY, E_SIG, E_PAGE, E_CONFLICT, E_NOT_FOUND */
export async function addKey(
  deps: PersonsDeps,
  { tenant, person, origin }: KeyOwner,
  { key, name, proof }: NewKey,
): Promise<Person> {
  const publicKey = checkProof(deps, { key, proof });
  const known = await readPerson(deps, tenant, person);
  if (known.keys.length >= MAX_KEYS_PER_PERSON)
    throw fail('E_CONFLICT', { detail: `A person has at most ${MAX_KEYS_PER_PERSON} keys.` });
  try {
    const subject = { kind: 'person', id: person, name: known.handle };
    const event = done(origin, { tenant, act: 'person-key.add', subject, detail: { key, name } });
    await withMappedErrors(() => insertKey(deps.sql, tenant, { person, publicKey, name, event }));
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
 * Removes a key that counts for nothing. One that the trust document names goes on counting on devices, whoever has forgotten it here:
 * it is taken out there first. @throws MusterError E_NOT_FOUND, E_CONFLICT
 */
export async function removeKey(
  deps: PersonsDeps,
  { tenant, person, origin }: KeyOwner,
  id: string,
): Promise<void> {
  const { handle, keys } = await readPerson(deps, tenant, person);
  const found = keys.find(({ keyid }) => keyid === id);
  if (found === undefined) throw fail('E_NOT_FOUND', { detail: 'You have no key with that id.' });
  const { key, name } = found;
  const signer = deps.trust().signers.find((one) => one.keys.some((held) => held.key === key));
  if (signer !== undefined)
    throw fail('E_CONFLICT', {
      detail: `The trust document names this key for ${signer.id}, so devices take its signatures; have it taken out first by: muster trust remove-key ${signer.id} ${id}`,
    });
  const subject = { kind: 'person', id: person, name: handle };
  const event = done(origin, { tenant, act: 'person-key.remove', subject, detail: { key, name } });
  const isRemoved = await withMappedErrors(() =>
    inTransaction(deps.sql, async (tx) => {
      const isGone = await deleteKey(tx, tenant, { person, publicKey: decodeBase64url(key) });
      if (isGone) await writeAudit(tx, event);
      return isGone;
    }),
  );
  if (!isRemoved) throw fail('E_NOT_FOUND', { detail: 'You have no key with that id.' });
}

/**
 * Makes a token for a person: at most what the one that asks may do, and no longer life, so that nobody can make himself stronger
 * or last longer by way of another. When it is used it also allows no more than the person may do then.
 * @throws MusterError E_FORBIDDEN, E_NOT_FOUND, E_EXPRESSION
 */
export async function addToken(
  deps: PersonsDeps,
  maker: Principal,
  {
    person,
    name,
    permissions,
    where = null,
    expiresInMs,
    origin,
  }: NewPersonToken & { readonly person: string; readonly origin: AuditOrigin },
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
  checkLimit(where);
  const grants = intersectGrants(
    limitGrants(grantEverywhere(wanted.filter(isPermission)), where),
    maker.grants,
  );
  const granted = [...new Set(grants.map(({ permission }) => permission))].filter(isPermission);
  const request = {
    ...{ tenant, name, permissions: granted, grants, person, createdBy: maker.name, origin },
    ...{ expiresInMs, notAfterMs: maker.expiresMs },
  };
  const token = await makeApiToken(sql, clock, request);
  const expiresAt = new Date(Math.min(clock.now() + expiresInMs, maker.expiresMs)).toISOString();
  return { id: tokenIdOf(token), token, permissions: granted, expiresAt };
}

/** Ends a token of a person. @throws MusterError E_NOT_FOUND */
export async function endToken(
  deps: PersonsDeps,
  {
    origin,
    ...token
  }: {
    readonly tenant: number;
    readonly person: string;
    readonly id: string;
    readonly origin: AuditOrigin;
  },
): Promise<Person> {
  const { tenant, person, id } = token;
  const subject = { kind: 'token', id, name: '' };
  const event = done(origin, { tenant, act: 'token.revoke', subject, detail: { person } });
  const isEnded = await withMappedErrors(() => updateRevoked(deps.sql, token, event));
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
      : {
          ...{ id: found.id, handle: found.handle, name: found.name },
          ...{ signerId: found.signerId, keys: found.keys },
        };
  const permissions = allPermissions.filter((one) => principal.permissions.has(one));
  const token = { id: tokenId, name, permissions, expiresAt: new Date(expiresMs).toISOString() };
  const grants = principal.grants.map(({ permission, where, kinds, contents }) => ({
    ...{ permission, where },
    kinds: kinds === null ? null : [...kinds],
    contents: contents === null ? null : [...contents],
  }));
  return { tenant, via: principal.via, token, grants, person };
}

/** Who signs orders orders them, and who signs for others approves: the roles with which a signer begins. */
function rolesOfSigner(roles: readonly string[]): string[] {
  return [
    ...(roles.includes('request') ? ['technician'] : []),
    ...(roles.includes('approve') ? ['approver'] : []),
  ];
}

/** Everybody whom the trust document names as a person exists here as well, with his keys; the first one is the admin. */
export async function adoptSigners(sql: RawSql, tenant: number, trust: ReadonlyTrust): Promise<void> {
  const signers = trust.signers
    .filter(({ kind }) => kind === 'person')
    .map(({ id, name, roles, keys }) => ({
      id,
      name,
      roles: rolesOfSigner(roles),
      keys: keys.map(({ key }) => decodeBase64url(key)),
    }));
  await withMappedErrors(() => upsertSigners(sql, tenant, { signers, newPersonId: () => newId('per') }));
}

/** The person a token made on the host belongs to: by handle, else the first admin. @throws MusterError E_NOT_FOUND */
export async function findPerson(sql: RawSql, tenant: number, handle: string | null): Promise<string | null> {
  if (handle === null) return (await withMappedErrors(() => selectFirstAdmin(sql, tenant))) ?? null;
  const persons = await withMappedErrors(() => selectPersons(sql, tenant));
  const found = persons.find((person) => person.handle === handle || person.id === handle);
  if (found === undefined)
    throw fail('E_NOT_FOUND', {
      detail: `There is no person ${handle}; there are ${persons.map((person) => person.handle).join(', ')}.`,
    });
  return found.id;
}
