// The server's TLS identity: its own authority and certificate on the first run, or files of the admin.
//
// The certificate is renewed with the same key, so that the pin in the trust document stays true.
import 'reflect-metadata';
import { createHash, createPublicKey, webcrypto, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { fail } from '../errors.ts';
import type { Clock } from './clock.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** Life of the authority, ms. */
const CA_LIFE_MS = 10 * 365 * DAY_MS;
/** Life of a certificate, ms: the longest that browsers accept is 398 days. */
const LEAF_LIFE_MS = 397 * DAY_MS;
/** A certificate is made anew at the start of the server when it has less than this left, ms. */
const RENEW_BEFORE_MS = 60 * DAY_MS;

/** What the HTTPS server shows. */
export interface TlsIdentity {
  /** Private key, PEM. */
  readonly key: string;
  /** Certificate chain, PEM. */
  readonly cert: string;
  /** The authority that clients must trust, PEM; null when it is the admin's own certificate. */
  readonly ca: string | null;
  /** base64url sha256 of the certificate's SPKI: what stands in the trust document. */
  readonly spkiPin: string;
}

/** The pin of a certificate's key. */
export function spkiPinOf(certPem: string): string {
  const spki = new X509Certificate(certPem).publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(spki).digest('base64url');
}

/** Uses the admin's own files. @throws MusterError E_TLS when key and certificate do not belong together */
export async function readTlsFiles(files: {
  readonly certFile: string;
  readonly keyFile: string;
}): Promise<TlsIdentity> {
  try {
    const [cert, key] = await Promise.all([
      readFile(files.certFile, 'utf8'),
      readFile(files.keyFile, 'utf8'),
    ]);
    const own = createPublicKey(key).export({ format: 'der', type: 'spki' });
    const shown = new X509Certificate(cert).publicKey.export({ format: 'der', type: 'spki' });
    if (!own.equals(shown)) throw new Error('the key is not the one in the certificate');
    return { key, cert, ca: null, spkiPin: spkiPinOf(cert) };
  } catch (cause) {
    throw fail('E_TLS', { cause });
  }
}

/** Names and addresses the certificate is for. */
function subjectNames(extra: readonly string[]): x509.JsonGeneralNames {
  const names = new Set(['localhost', hostname(), ...extra]);
  const addresses = new Set(['127.0.0.1', '::1']);
  for (const name of names) {
    if (!/^[0-9.]+$/.test(name) && !name.includes(':')) continue;
    names.delete(name);
    addresses.add(name);
  }
  return [
    ...[...names].map((value) => ({ type: 'dns' as const, value })),
    ...[...addresses].map((value) => ({ type: 'ip' as const, value })),
  ];
}

async function importKeys(pem: string): Promise<webcrypto.CryptoKeyPair> {
  const der = x509.PemConverter.decodeFirst(pem);
  const privateKey = await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign']);
  const spki = createPublicKey(pem).export({ format: 'der', type: 'spki' });
  const publicKey = await webcrypto.subtle.importKey('spki', spki, ALGORITHM, true, ['verify']);
  return { privateKey, publicKey };
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function writeOwn(path: string, text: string): Promise<void> {
  await writeFile(`${path}.next`, text, { mode: 0o600 });
  await rename(`${path}.next`, path);
}

/** The key of that name; made on the first run, kept for good. */
async function ensureKeys(
  folder: string,
  name: string,
): Promise<{ keys: webcrypto.CryptoKeyPair; pem: string }> {
  const path = join(folder, `${name}.key`);
  const known = await readOrNull(path);
  if (known !== null) return { keys: await importKeys(known), pem: known };
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const pem = x509.PemConverter.encode(
    await webcrypto.subtle.exportKey('pkcs8', keys.privateKey),
    'PRIVATE KEY',
  );
  await writeOwn(path, `${pem}\n`);
  return { keys, pem };
}

/** True when a certificate can go on: long enough left, and for all the names. */
function isGood(
  pem: string | null,
  wanted: { readonly names: x509.JsonGeneralNames; readonly now: number },
): pem is string {
  if (pem === null) return false;
  const cert = new X509Certificate(pem);
  if (Date.parse(cert.validTo) - wanted.now < RENEW_BEFORE_MS) return false;
  const shown = cert.subjectAltName ?? '';
  return wanted.names.every(({ value }) => shown.includes(value) || value.includes(':'));
}

/** The server's own authority and certificate in `<folder>`, made where missing, renewed where due. */
export async function ensureOwnTls(
  folder: string,
  { names, clock }: { readonly names: readonly string[]; readonly clock: Clock },
): Promise<TlsIdentity> {
  x509.cryptoProvider.set(webcrypto);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const now = clock.now();
  const authority = await ensureKeys(folder, 'ca');
  const server = await ensureKeys(folder, 'server');
  const caPath = join(folder, 'ca.pem');
  const certPath = join(folder, 'server.pem');
  let ca = await readOrNull(caPath);
  if (!isGood(ca, { names: [], now })) {
    ca = await makeAuthority(authority.keys, now);
    await writeOwn(caPath, ca);
  }
  let cert = await readOrNull(certPath);
  const wanted = subjectNames(names);
  if (!isGood(cert, { names: wanted, now })) {
    cert = await makeLeaf({ ca, authority: authority.keys, server: server.keys, names: wanted, now });
    await writeOwn(certPath, cert);
  }
  // Without the authority: who trusts it has it, and whoever connects would have to take it apart (a tenth of a client's handshake).
  return { key: server.pem, cert, ca, spkiPin: spkiPinOf(cert) };
}

function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^[89a-f]/, '1');
}

async function makeAuthority(keys: webcrypto.CryptoKeyPair, now: number): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=Muster server authority',
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + CA_LIFE_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return certificate.toString('pem');
}

async function makeLeaf(options: {
  readonly ca: string;
  readonly authority: webcrypto.CryptoKeyPair;
  readonly server: webcrypto.CryptoKeyPair;
  readonly names: x509.JsonGeneralNames;
  readonly now: number;
}): Promise<string> {
  const issuer = new x509.X509Certificate(options.ca);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=Muster server',
    issuer: issuer.subject,
    notBefore: new Date(options.now - DAY_MS),
    notAfter: new Date(options.now + LEAF_LIFE_MS),
    publicKey: options.server.publicKey,
    signingKey: options.authority.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(options.names),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return certificate.toString('pem');
}
