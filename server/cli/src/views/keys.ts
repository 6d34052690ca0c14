// Key files: their public halves.
import type { Canvas } from '../output/canvas.ts';
import { drawFacts, drawTable } from '../output/table.ts';

/** What is shown of a key file. */
export interface KeyView {
  readonly name: string;
  readonly path: string;
  readonly publicKey: string;
  readonly keyid: string;
  readonly fingerprint: string;
  readonly hasPassphrase: boolean;
}

/** Draws the list. */
export function drawKeys(keys: readonly KeyView[], canvas: Canvas): string {
  return drawTable(
    [{ title: 'name' }, { title: 'key id', whole: true }, { title: 'passphrase' }, { title: 'fingerprint' }],
    keys.map(({ name, keyid, hasPassphrase, fingerprint }) => [
      name,
      keyid,
      hasPassphrase ? 'yes' : { text: 'none', tone: 'warn' },
      fingerprint,
    ]),
    canvas,
  );
}

/** Draws one key. */
export function drawKey(key: KeyView, canvas: Canvas): string {
  return drawFacts(
    [
      ['Name', key.name],
      ['Public key', key.publicKey],
      ['Key id', key.keyid],
      ['Fingerprint', key.fingerprint],
      [
        'Passphrase',
        key.hasPassphrase ? 'yes' : { text: 'none: whoever reads the file can sign', tone: 'warn' },
      ],
      ['File', key.path],
    ],
    canvas,
  );
}
