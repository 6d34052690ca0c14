// The page on which a policy is written: its text, its plan, and the gestures that put it in force.
import { Skeleton } from '@mantine/core';
import { formatPolicyYaml } from '@muster/protocol/policy';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useText } from '../../app/text.ts';
import { Loaded } from '../../parts/Loaded.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { type Signing, useSigning } from '../../signing/use-signing.ts';
import { useRevision } from '../policies/data.ts';
import { type Base, readBase } from './base.ts';
import { Deleting } from './Deleting.tsx';
import { forgetText, keyOf, TEMPLATE } from './kept-text.ts';
import { parseSearch } from './search.ts';
import { text } from './text.ts';
import { Writing } from './Writing.tsx';
import { useBaseWords } from './words.ts';

export function View() {
  const say = useText(text);
  const words = useBaseWords();
  const { name }: { readonly name?: string } = useParams({ strict: false });
  const [{ from, act }] = useSearchState(parseSearch);
  const signing = useSigning();
  const base = useQuery({
    queryKey: ['policies', 'base'],
    queryFn: () => readBase(words),
    retry: false,
    staleTime: 0,
  });
  const title = act === 'delete' ? 'deleteTitle' : name === undefined ? 'newTitle' : 'editTitle';
  return (
    <>
      <PageHead
        title={say(title, { name: name ?? '' })}
        crumbs={[
          { label: say('policies'), to: '/policies' },
          ...(name === undefined ? [] : [{ label: name, to: `/policies/${name}` }]),
        ]}
        docs="policies"
      />
      <Loaded query={base} failed={say('baseFailed')} heightPx={420}>
        {(found) =>
          signing === null ? (
            <Skeleton h={420} />
          ) : from === undefined || name === undefined ? (
            <Act key={`${name} ${act}`} {...{ name, base: found, signing, isDelete: act === 'delete' }} />
          ) : (
            <Older key={from} {...{ name, from, base: found, signing }} />
          )
        }
      </Loaded>
    </>
  );
}

interface ActProps {
  readonly name: string | undefined;
  readonly base: Base;
  readonly signing: Signing;
  readonly isDelete: boolean;
  /** What the text begins as; absent: what is in force. */
  readonly begins?: string;
  /** Under which name the text is kept. */
  readonly keptAs?: string;
}

function Act({ name, base, signing, isDelete, begins, keptAs }: ActProps) {
  const navigate = useNavigate();
  const member = base.wanted.find(({ policy }) => policy.name === name)?.policy;
  const keptKey = keyOf(keptAs ?? name);
  const onDone = (applied: string) => {
    forgetText(keptKey);
    void navigate({ to: isDelete ? '/policies' : `/policies/${applied}` });
  };
  if (isDelete && name !== undefined)
    return <Deleting {...{ name, signing, onDone }} isInForce={member !== undefined} />;
  const inForce = member === undefined ? '' : formatPolicyYaml(member);
  const first = begins ?? (inForce === '' ? TEMPLATE.replace('my-policy', name ?? 'my-policy') : inForce);
  const rule =
    name === undefined ? { taken: base.wanted.map(({ policy }) => policy.name) } : { only: name, taken: [] };
  return <Writing {...{ signing, onDone, first, rule, keptKey }} />;
}

/** Begins with an earlier version: the way back to it. */
function Older({
  name,
  from,
  base,
  signing,
}: { readonly name: string; readonly from: string } & Pick<ActProps, 'base' | 'signing'>) {
  const say = useText(text);
  const revision = useRevision(name, from);
  return (
    <Loaded query={revision} failed={say('baseFailed')} heightPx={420}>
      {({ yaml }) => (
        <Act {...{ name, base, signing }} isDelete={false} begins={yaml} keptAs={`${name} ${from}`} />
      )}
    </Loaded>
  );
}
