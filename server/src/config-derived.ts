// What follows from several of the server's settings together: paths, defaults of one by another, and which need or exclude each other.
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

/** Completes the values, and notes what does not go together. */
export function addDerived(values: Record<string, unknown>, folder: string, faults: string[]): void {
  const files = ['tlsCertFile', 'tlsKeyFile', 'oidcClientSecretFile', 'smtpPasswordFile', 'smtpCaFile'];
  for (const name of ['dataDir', ...files]) {
    if (typeof values[name] === 'string') values[name] = resolve(folder, values[name]);
  }
  const hasFiles = [values.tlsCertFile, values.tlsKeyFile].filter((path) => path !== undefined).length;
  if (values.tls === 'files' && hasFiles < 2)
    faults.push('tls = files needs both tlsCertFile and tlsKeyFile');
  if (values.tls !== 'files' && hasFiles > 0) faults.push('tlsCertFile and tlsKeyFile need tls = files');
  checkOidc(values, faults);
  checkMail(values, faults);
  if (values.workers === 'auto') values.workers = availableParallelism();
  values.publicUrl ??= defaultUrl(String(values.host), values);
  if (values.publicUrl === undefined) faults.push('publicUrl is needed when host is not a loopback address');
  else if (values.tls !== 'off' && !String(values.publicUrl).startsWith('https:'))
    faults.push('publicUrl must begin with https:// unless tls is off');
  checkConsole(values, faults);
}

/**
 * Passkeys are bound to one name for both listeners, and it must be localhost here. Behind a proxy that ends TLS what it says of a
 * request would be believed, from whoever reaches this listener too.
 */
function checkConsole(
  { consolePort, port, publicUrl, tls }: Record<string, unknown>,
  faults: string[],
): void {
  if (consolePort === undefined) return;
  if (consolePort === port) faults.push('consolePort must be another than port');
  if (tls === 'off') faults.push('consolePort cannot be used with tls = off');
  if (publicUrl !== undefined && !isLoopback(new URL(String(publicUrl)).hostname.replace(/^\[|\]$/g, '')))
    faults.push('consolePort needs a publicUrl of this machine itself, as https://localhost:8443');
}

/** One without the others signs nobody in. */
function checkOidc(values: Record<string, unknown>, faults: string[]): void {
  const needed = [values.oidcIssuer, values.oidcClientId, values.oidcClientSecretFile];
  if (needed.some((value) => value !== undefined) && needed.includes(undefined))
    faults.push('oidcIssuer, oidcClientId and oidcClientSecretFile need each other');
}

/** Mail goes out in clear only to this machine. */
function checkMail({ smtpHost, smtpSecurity, ...more }: Record<string, unknown>, faults: string[]): void {
  if (smtpHost === undefined) return;
  if (more.mailFrom === undefined) faults.push('smtpHost needs mailFrom');
  if (smtpSecurity === 'none' && !isLoopback(String(smtpHost)))
    faults.push('smtpSecurity = none only goes to a loopback address');
  if ((more.smtpUser === undefined) !== (more.smtpPasswordFile === undefined))
    faults.push('smtpUser and smtpPasswordFile need each other');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Agents are told this address: what the server listens on will only do on the machine itself. */
function defaultUrl(host: string, { tls, port }: Record<string, unknown>): string | undefined {
  if (!isLoopback(host)) return undefined;
  return `${tls === 'off' ? 'http' : 'https'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
