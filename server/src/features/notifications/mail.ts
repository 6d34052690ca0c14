// Sends a message by mail over the server's SMTP settings.
import { readFile } from 'node:fs/promises';
import { createTransport } from 'nodemailer';
import { fail } from '../../errors.ts';
import { SEND_TIMEOUT_MS } from './limits.ts';

/** Settings of mail; null where there are none. */
export interface MailSettings {
  readonly host: string;
  readonly port: number;
  /** `starttls` and `tls` refuse to go on in clear; `none` is for this machine itself. */
  readonly security: 'starttls' | 'tls' | 'none';
  readonly user: string | undefined;
  /** File that holds the password; read for each connection, so that it can be changed. */
  readonly passwordFile: string | undefined;
  /** File with certificates, PEM, that are trusted besides those of the system. */
  readonly caFile: string | undefined;
  readonly from: string;
}

/** A message. */
export interface MailMessage {
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

/** Sends mail. */
export interface Mailer {
  send(message: MailMessage): Promise<void>;
  /** Connects, signs in and leaves; rejects saying what failed. */
  verify(): Promise<void>;
}

/** Makes it; nothing is connected to before something is sent. */
export function createMailer(settings: MailSettings): Mailer {
  const { host, port, security, user, passwordFile, caFile, from } = settings;
  async function open() {
    const password = passwordFile === undefined ? '' : await readSecret(passwordFile);
    const ca = caFile === undefined ? undefined : await readSecret(caFile);
    return createTransport({
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(user === undefined ? {} : { auth: { user, pass: password } }),
      ...(ca === undefined ? {} : { tls: { ca } }),
      connectionTimeout: SEND_TIMEOUT_MS,
      greetingTimeout: SEND_TIMEOUT_MS,
      socketTimeout: SEND_TIMEOUT_MS,
      // A message is text that is written here: nothing is read from files or fetched for it.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }
  return {
    async send({ id, to, subject, text }) {
      const transport = await open();
      try {
        // The same id for each attempt: a receiver that got it already can tell.
        const messageId = `<${id}@${domainOf(from)}>`;
        await transport.sendMail({
          from,
          to: [...to],
          subject,
          text,
          messageId,
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } finally {
        transport.close();
      }
    },
    async verify() {
      const transport = await open();
      try {
        await transport.verify();
      } finally {
        transport.close();
      }
    },
  };
}

async function readSecret(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw fail('E_NOTIFY_SEND', { cause, detail: `The file ${path} of the mail settings cannot be read.` });
  }
}

function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)>?$/.exec(from)?.[1] ?? 'muster.invalid';
}
