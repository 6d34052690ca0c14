// What of a webhook nobody may read in the database: where it goes, which often is a secret too, and the key of its signatures.
import { isMusterError } from '@muster/protocol';
import { withMappedErrors } from '../../core/db/failures.ts';
import { showUrl } from './address.ts';
import type { NotificationDeps } from './deps.ts';
import { selectUnsealed, updateSealed } from './store.ts';

/** Where a webhook goes, and what signs for it. */
interface WayTarget {
  readonly url: string;
  readonly secret: Uint8Array;
}

/** A webhook as it is stored. */
interface StoredWay {
  readonly id: string;
  /** What is shown of the URL; all of it in a row that is not sealed yet. */
  readonly targets: readonly string[];
  readonly secret: Uint8Array | null;
  readonly sealed: Uint8Array | null;
}

const aboutOf = (id: string) => `notify_way ${id}`;

/** Seals it for the row with that id. @throws MusterError E_KEY_FILE */
export async function sealTarget(
  { seal }: Pick<NotificationDeps, 'seal'>,
  id: string,
  { url, secret }: WayTarget,
): Promise<Buffer> {
  const text = JSON.stringify({ url, secret: Buffer.from(secret).toString('base64') });
  return Buffer.from(await seal.seal(aboutOf(id), text));
}

/** Opens it; null when it was not sealed here for that row. @throws MusterError E_KEY_FILE */
export async function openTarget(
  { seal }: Pick<NotificationDeps, 'seal'>,
  { id, targets, secret, sealed }: StoredWay,
): Promise<WayTarget | null> {
  // A row from before whose turn has not come.
  if (sealed === null) return { url: targets[0] ?? '', secret: secret ?? new Uint8Array() };
  const text = await seal.open(aboutOf(id), sealed);
  if (text === null) return null;
  const found: { readonly url: string; readonly secret: string } = JSON.parse(text);
  return { url: found.url, secret: Buffer.from(found.secret, 'base64') };
}

/** Seals what rows from before hold in clear; false when the key could not be read, so that it is to be tried again. */
export async function sealFormer(deps: NotificationDeps): Promise<boolean> {
  const { sql, tenant, log } = deps;
  const rows = await withMappedErrors(() => selectUnsealed(sql, tenant));
  try {
    for (const { id, targets, secret } of rows) {
      const target = { url: targets[0] ?? '', secret: secret ?? new Uint8Array() };
      const row = { id, shown: showUrl(target.url), sealed: await sealTarget(deps, id, target) };
      await withMappedErrors(() => updateSealed(sql, tenant, row));
    }
    return true;
  } catch (err) {
    if (!isMusterError(err, 'E_KEY_FILE')) throw err;
    log.error({ err }, 'the secrets of webhooks could not be sealed');
    return false;
  }
}
