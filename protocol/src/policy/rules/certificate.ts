// Rule `certificate`: how long a certificate is still good for.
import type { Static } from 'typebox';
import { cleanPath, findPathFaults, pathSchema } from '../clean-path.ts';
import { defineRule } from '../rule-kind.ts';

/** As a file has it. */
const schema = {
  type: 'object',
  required: ['path', 'daysLeft'],
  additionalProperties: false,
  description: 'A certificate in a file. It is only looked at.',
  properties: {
    path: {
      ...pathSchema,
      description: 'Absolute path of a PEM file, of which the first certificate counts.',
    },
    daysLeft: {
      type: 'integer',
      minimum: 0,
      maximum: 3_650,
      description: 'Days for which it is still good at least; 0: it has not ended.',
    },
  },
} as const;

/** A certificate and the days that are left. */
export type CertificateWanted = Static<typeof schema>;

export const certificateRule = defineRule<CertificateWanted, CertificateWanted>({
  schema,
  key: 'path',
  check: ({ path }) => findPathFaults(path), // the form says the rest
  normalizeName: cleanPath, // of what a person asks for; in a file it is clean already
  normalize: ({ path, daysLeft }) => ({ path, daysLeft }), // in one order of keys
  item: ({ path }) => `certificate.${path}`, // certificate./etc/ssl/certs/web.pem
  describe: ({ path, daysLeft }) =>
    // Today it is good, whatever comes
    daysLeft === 0 ? `${path} has not ended` : `${path} is good for ${daysLeft} days or more`,
});
