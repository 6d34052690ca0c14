// Approving content: the body itself is fetched, held against the signed hash and shown before anybody signs it.
import { createHash } from 'node:crypto';
import { encodeBase64url } from '@muster/protocol';
import { type Content, documentDigest } from '@muster/protocol/commands';
import { take } from '../api/client.ts';
import type { ContentItem } from '../api/types.ts';
import { fail } from '../errors.ts';
import { confirm } from '../input/ask.ts';
import { describeMissing } from '../jobs/approval.ts';
import { cosign, decodeContent, describeSignatures, readSignatures } from '../jobs/documents.ts';
import { chooseSigner } from '../keys/choose.ts';
import { unlockKey } from '../keys/passphrase.ts';
import { nodeCrypto } from '../keys/signing-key.ts';
import { formatBytes } from '../output/units.ts';
import type { Session } from '../session.ts';
import { canvasOf } from '../terminal.ts';
import { readTrust } from '../trust/read-trust.ts';
import { drawBody, drawContent } from '../views/content.ts';
import type { ApproveOptions } from './sign-options.ts';

/** Reads the body of a document and holds it against the hash that was signed. @throws MusterError E_ANSWER when it is another */
export async function readBody(
  { api }: Session,
  digest: string,
  { sha256, sizeBytes, name }: Content,
): Promise<Uint8Array> {
  const hash = createHash('sha256');
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of api.download(`/api/v1/content/${digest}/body`)) {
    size += piece.length;
    if (size > sizeBytes) break;
    hash.update(piece);
    pieces.push(piece);
  }
  if (size === sizeBytes && encodeBase64url(hash.digest()) === sha256) return Buffer.concat(pieces);
  throw fail('E_ANSWER', { detail: `The server has another body than the one that was signed for ${name}.` });
}

/** Shows and signs it. */
export async function approveContent(
  session: Session,
  item: ContentItem,
  options: ApproveOptions,
): Promise<void> {
  const { terminal, api } = session;
  const { document: trust } = await readTrust(session, terminal.env);
  const document = decodeContent(item.envelope);
  const digest = documentDigest(item.envelope, nodeCrypto);
  if (document.org !== trust.org || digest !== item.digest)
    throw fail('E_ANSWER', { detail: 'The server shows another content than the one that was asked for.' });
  const canvas = { ...canvasOf(terminal.stderr, terminal.env), color: false };
  const signatures = readSignatures(item.envelope, trust);
  const signers = [...signatures.signers].sort();
  if (item.missing === null && describeMissing(item, trust) === null) {
    if (session.json) session.print(item, () => '');
    session.note(
      `${document.name} is approved already, signed by ${describeSignatures(signatures)}; nothing is missing.`,
    );
    return;
  }
  const body = await readBody(session, digest, document);
  session.note(drawContent({ document, digest, signers, needed: item.needed, state: item.state }, canvas));
  session.note(`\nThe body, ${formatBytes(body.length)}:\n${drawBody(body)}`);
  const chosen = await chooseSigner(session, trust, { role: 'approve', kind: 'content', key: options.key });
  // What he signed with a passkey he has seen at a page only; here he sees the bytes.
  if (signatures.direct.has(chosen.signer.id))
    throw fail('E_NO_KEY', { detail: `${chosen.signer.id} has signed this already; somebody else must.` });
  if (options.yes !== true)
    await confirm(
      terminal,
      {
        consequence: 'With your signature this may run on every device that a command names it for.',
        word: 'sign',
      },
      session.mayAsk,
    );
  const key = await unlockKey(session, chosen.key, options);
  const signed = await take(
    api.http.POST('/api/v1/content/{digest}/signatures', {
      params: { path: { digest } },
      body: { envelope: cosign(item.envelope, key) },
    }),
  );
  if (session.json) session.print(signed, () => '');
  session.note(`${document.name} is signed by ${signed.signers.join(', ')}: ${signed.state}.`);
}
