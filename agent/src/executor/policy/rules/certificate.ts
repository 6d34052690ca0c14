// Rule `certificate` on the device: until when it is good. Nothing repairs it.
import { X509Certificate } from 'node:crypto';
import type { WantedOf } from '@muster/protocol/policy';
import { fail } from '../../../errors.ts';
import { readEntryBytes, readLedTo } from '../../../platform/linux/changing.ts';
import { describeObstacle } from '../../kinds/files/paths.ts';
import { refuse } from '../../kinds/programs/find.ts';
import type { Facts } from '../facts.ts';
import { compliant, drifted, type RuleOnDevice } from '../rule.ts';

type Wanted = WantedOf<'certificate'>;

/** Largest file that is read, bytes; the first certificate stands at its beginning. */
const MAX_BYTES = 256 * 1024;
const DAY_MS = 86_400_000;

/** The first certificate of a text. Of what else stands there nothing is told. @throws MusterError E_FILE */
function parseFirst(text: string, path: string): X509Certificate {
  const [pem] = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/.exec(text) ?? [];
  try {
    if (pem !== undefined) return new X509Certificate(pem);
  } catch (cause) {
    throw fail('E_FILE', { cause, detail: `${path} holds a certificate that cannot be read.` });
  }
  throw fail('E_FILE', { detail: `${path} holds no certificate in PEM.` });
}

/** Null where nothing stands there. Below another root a link is not followed: it may lead out. */
async function readPem({ context }: Facts, path: string): Promise<string | null> {
  const { root } = context;
  const bytes = root === '' ? await readLedTo(path, MAX_BYTES) : await readEntryBytes(root, path, MAX_BYTES);
  if (bytes === 'absent') return null;
  if (typeof bytes !== 'string') return bytes.toString('utf8');
  const why = bytes === 'not-a-file' ? 'It is no regular file.' : describeObstacle(bytes);
  throw fail('E_PATH', { detail: `${path}: ${why}` });
}

export const certificateOnDevice: RuleOnDevice<Wanted> = {
  watched: ({ path }) => [path],
  async check({ path, daysLeft }, facts) {
    const text = await readPem(facts, path);
    if (text === null) return drifted('not there, or cannot be read');
    const { validTo } = parseFirst(text, path);
    const endMs = Date.parse(validTo);
    if (!Number.isFinite(endMs))
      throw fail('E_FILE', { detail: `${path} holds a certificate without an end that can be read.` });
    // The days that are left change by themselves, and each change would be told.
    const found = `good until ${new Date(endMs).toISOString().slice(0, 10)}`;
    return endMs - facts.context.now() > daysLeft * DAY_MS ? compliant(found) : drifted(found);
  },
  plan: ({ path }) => [
    {
      kinds: [],
      names: [path],
      plan: async () =>
        refuse('E_UNSUPPORTED', 'A policy renews no certificate; renew it where it comes from.'),
    },
  ],
};
