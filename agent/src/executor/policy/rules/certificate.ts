// Rule `certificate` on the device: until when it is good. Nothing repairs it.
import { X509Certificate } from 'node:crypto';
import type { WantedOf } from '@muster/protocol/policy';
import { fail } from '../../../errors.ts';
import { refuse } from '../../kinds/programs/find.ts';
import type { Facts } from '../facts.ts';
import { compliant, drifted, type RuleOnDevice } from '../rule.ts';
import { readFacts } from './inside.ts';

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
async function readPem({ context, files }: Facts, path: string): Promise<string | null> {
  if (context.root !== '') {
    const facts = await readFacts(context.root, path);
    if (facts === null) return null;
    if (!facts.isFile()) throw fail('E_PATH', { detail: `${path} is no regular file.` });
  }
  return files.readText(path, MAX_BYTES);
}

export const certificateOnDevice: RuleOnDevice<Wanted> = {
  watched: ({ path }) => [path],
  async check({ path, daysLeft }, facts) {
    const text = await readPem(facts, path);
    if (text === null) return drifted('not there, or cannot be read');
    const { validTo } = parseFirst(text, path);
    const endMs = Date.parse(validTo);
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
