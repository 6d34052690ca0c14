// A document as it will be signed: every field, decoded here from the very bytes.
import { Alert, Box, Code, Table, Text } from '@mantine/core';
import { encodeBase64url, isMusterError, passkeyChallenge, type Unsigned } from '@muster/protocol';
import { parseDocument } from '@muster/protocol/commands';
import { POLICY_TYPE, type PolicyRevision, type PolicySet } from '@muster/protocol/policy';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { Fact } from '../../signing/CommandFacts.tsx';
import { text } from './text.ts';

/** Pure: the document in the bytes; null: they are none. */
function decode({ payloadType, payload }: Unsigned) {
  try {
    return payloadType === POLICY_TYPE
      ? { revision: parseDocument<PolicyRevision>(payload, 'policy') }
      : { set: parseDocument<PolicySet>(payload, 'policySet') };
  } catch (error) {
    if (isMusterError(error)) return null;
    throw error;
  }
}

interface Props {
  readonly unsigned: Unsigned;
  readonly title: string;
}

export function DocumentFacts({ unsigned, title }: Props) {
  const say = useText(text);
  const found = decode(unsigned);
  if (found === null)
    return (
      <Alert color="red" role="alert">
        {say('notSignable')}
      </Alert>
    );
  return (
    <Box component="section" aria-label={title}>
      <Text fw={600} size="sm" mb={4}>
        {title}
      </Text>
      <Table variant="vertical" layout="fixed" withTableBorder>
        <Table.Tbody>
          {found.revision === undefined ? (
            <OfSet set={found.set} />
          ) : (
            <OfRevision revision={found.revision} />
          )}
          <Common document={found.revision ?? found.set} />
          <Fact name={say('fact/digest')}>
            <Code>{encodeBase64url(passkeyChallenge(unsigned))}</Code>
          </Fact>
        </Table.Tbody>
      </Table>
    </Box>
  );
}

function OfRevision({ revision }: { readonly revision: PolicyRevision }) {
  const say = useText(text);
  const { policy, version, bound, source } = revision;
  return (
    <>
      <Fact name={say('fact/version')}>{version}</Fact>
      <Fact name={say('fact/policy')}>
        <Code
          block
          mah={320}
          tabIndex={0}
          role="region"
          aria-label={say('fact/policy')}
          style={{ overflow: 'auto' }}
        >
          {JSON.stringify(policy, null, 2)}
        </Code>
      </Fact>
      <Fact name={say('fact/bound')}>{bound === '' ? say('unbound') : <Code>{bound}</Code>}</Fact>
      <Fact name={say('fact/source')}>
        <Code>{source}</Code>
      </Fact>
    </>
  );
}

function OfSet({ set }: { readonly set: PolicySet }) {
  const say = useText(text);
  const { version, previous, policies, plan } = set;
  return (
    <>
      <Fact name={say('fact/version')}>{version}</Fact>
      <Fact name={say('fact/previous')}>{previous === '' ? say('first') : <Code>{previous}</Code>}</Fact>
      <Fact name={say('fact/policies', { count: policies.length })}>
        {policies.length === 0
          ? say('noPolicies')
          : policies.map((digest) => (
              <div key={digest}>
                <Code>{digest}</Code>
              </div>
            ))}
      </Fact>
      <Fact name={say('fact/plan')}>
        <Code>{plan}</Code>
      </Fact>
    </>
  );
}

function Common({ document }: { readonly document: PolicyRevision | PolicySet }) {
  const say = useText(text);
  const format = useFormat();
  const { org, epoch, at, requester, reason, trustVersion } = document;
  return (
    <>
      <Fact name={say('fact/reason')}>{reason}</Fact>
      <Fact name={say('fact/requester')}>{requester}</Fact>
      <Fact name={say('fact/at')}>{format.exact(Date.parse(at))}</Fact>
      <Fact name={say('fact/trust')}>{say('trustOf', { version: trustVersion, org, epoch })}</Fact>
    </>
  );
}
