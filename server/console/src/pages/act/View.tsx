// Act: choose what and where, see exactly what will happen, sign.
import { Grid, Paper, Skeleton, Stack, Title } from '@mantine/core';
import { type CommandKind, isCommandKind } from '@muster/protocol/commands';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { useText } from '../../app/text.ts';
import { PageHead } from '../../parts/PageHead.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { judgeGravity } from '../../signing/kinds.ts';
import { useTrust } from '../../signing/me.ts';
import { type Choice, findTargets, type Snapshot, type TargetWish } from '../../signing/order.ts';
import { type Signing, useSigning } from '../../signing/use-signing.ts';
import { documentOf, missingValues, useContents } from './ContentFields.tsx';
import { fieldsOf, findFaults, initialArgs, parseBatches } from './fields.ts';
import { KindForm } from './KindForm.tsx';
import { initialOptions, Options, type OptionValues } from './Options.tsx';
import { Review } from './Review.tsx';
import { Send } from './Send.tsx';
import { type ActState, actSearch } from './search.ts';
import { Targets } from './Targets.tsx';
import { fieldText, text } from './text.ts';

type Args = Readonly<Record<string, unknown>>;

/** So long an order waits, so that it can be taken back, ms. */
const UNDO_MS = 10_000;

function wishOf({ on, devices, job, states }: ActState): TargetWish | null {
  if (on !== undefined) return { on };
  if (job !== undefined && states !== undefined) return { job, states };
  return devices === undefined ? null : { devices };
}

export function View() {
  const say = useText(text);
  const signing = useSigning();
  const trust = useTrust();
  return (
    <>
      <PageHead title={say('title')} docs="architecture/commands" />
      {trust.isError && <Problem error={trust.error} retry={() => void trust.refetch()} />}
      {signing === null ? <Skeleton h={400} /> : <Form signing={signing} />}
    </>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} fz="md" mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  );
}

function toChoice(
  kind: CommandKind,
  args: Args,
  { values, mayUndo }: { readonly values: OptionValues; readonly mayUndo: boolean },
): Choice {
  const { reason, start, expiresMs, concurrency, batches, stopAtFailures, isUndoable } = values;
  const startMs = Date.parse(start);
  return {
    ...{ kind, args, reason: reason.trim(), expiresMs, concurrency, stopAtFailures },
    notBeforeMs: Number.isNaN(startMs) ? null : startMs,
    batches: parseBatches(batches) ?? [],
    undoMs: mayUndo && isUndoable ? UNDO_MS : 0,
  };
}

/** What keeps it from being signed, in words; null: nothing. */
function useFault(kind: CommandKind, args: Args, values: OptionValues) {
  const say = useText(text);
  const sayField = useText(fieldText);
  const fields = useMemo(() => fieldsOf(kind), [kind]);
  const { data: contents } = useContents('content' in args);
  const { missing, wrong } = findFaults(kind, fields, args);
  const label = (name: (typeof missing)[number]) => sayField(`${name}/label`);
  if (missing.length > 0)
    return { wrong: null, fault: say('missing', { fields: missing.map(label).join(', ') }) };
  if (wrong !== null) return { wrong, fault: say('wrong', { field: label(wrong) }) };
  const content = contents?.find(({ digest }) => digest === args.content);
  const left =
    content === undefined || kind !== 'script.run'
      ? []
      : missingValues(documentOf(content), args.parameters as Readonly<Record<string, unknown>>);
  if (left.length > 0) return { wrong: null, fault: say('missing', { fields: left.join(', ') }) };
  return { wrong: null, fault: parseBatches(values.batches) === null ? say('badBatches') : null };
}

/** How careful one has to be with what is chosen so far. */
function judgeCare({ trust }: Signing, kind: CommandKind | null, snapshot: Snapshot | undefined) {
  if (kind === null) return { commandClass: 'routine', mayUndo: false } as const;
  const { commandClass, changes, isGrave } = judgeGravity(trust, kind, snapshot?.count ?? 0);
  return { commandClass, mayUndo: changes && !isGrave };
}

function Form({ signing }: { readonly signing: Signing }) {
  const say = useText(text);
  const [state, set] = useSearchState(actSearch);
  const kind = state.kind !== undefined && isCommandKind(state.kind) ? state.kind : null;
  const wish = useMemo(() => wishOf(state), [state]);
  const [options, setOptions] = useState<OptionValues>({ ...initialOptions, reason: state.reason ?? '' });
  const fields = useMemo(() => (kind === null ? [] : fieldsOf(kind)), [kind]);
  // Values stay out of the address while one types: a script's may be secret, its input long.
  const [typed, setTyped] = useState<{ kind: CommandKind | null; args: Args }>({ kind: null, args: {} });
  const initial = useMemo(() => initialArgs(fields, state.args), [fields, state.args]);
  const args = typed.kind === kind ? typed.args : initial;
  const query = useQuery<Snapshot>({
    queryKey: ['targets', wish],
    queryFn: () => findTargets(wish ?? {}),
    enabled: wish !== null,
    // What is signed is what was shown: nothing changes under the reader's eyes.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const snapshot = wish === null ? undefined : query.data;
  const { commandClass, mayUndo } = judgeCare(signing, kind, snapshot);
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <Stack gap="md">
          <Section title={say('what')}>
            <KindForm
              {...{ trust: signing.trust, kind, fields, args }}
              wrong={kind === null ? null : findFaults(kind, fields, args).wrong}
              onKind={(next) => set({ kind: next, args: null }, { replace: true })}
              onArgs={(change) => setTyped({ kind, args: { ...args, ...change } })}
            />
          </Section>
          <Section title={say('where')}>
            <Targets
              wish={wish}
              onWish={({ on }) => set({ on: on ?? null, devices: null, job: null, states: null })}
              query={query}
            />
          </Section>
          <Section title={say('how')}>
            <Options
              values={options}
              onChange={(change) => setOptions((before) => ({ ...before, ...change }))}
              commandClass={commandClass}
              mayUndo={mayUndo}
            />
          </Section>
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <div style={{ position: 'sticky', top: 64 }}>
          <Section title={say('willHappen')}>
            {kind !== null && snapshot !== undefined ? (
              <Ready {...{ signing, kind, args, options, snapshot, mayUndo }} on={state.on} />
            ) : (
              <Waiting hasKind={kind !== null} />
            )}
          </Section>
        </div>
      </Grid.Col>
    </Grid>
  );
}

function Waiting({ hasKind }: { readonly hasKind: boolean }) {
  const say = useText(text);
  return hasKind ? say('noneYet') : say('choose');
}

interface ReadyProps {
  readonly signing: Signing;
  readonly kind: CommandKind;
  readonly args: Args;
  readonly options: OptionValues;
  readonly snapshot: Snapshot;
  readonly mayUndo: boolean;
  readonly on: string | undefined;
}

/** Kind and devices are known: what will happen, and the buttons. */
function Ready({ signing, kind, args, options, snapshot, mayUndo, on }: ReadyProps) {
  const gravity = judgeGravity(signing.trust, kind, snapshot.count);
  const { fault } = useFault(kind, args, options);
  const wish = { role: 'request', kind, commandClass: gravity.commandClass } as const;
  const way = signing.wayOf(wish);
  const common = {
    ...{ snapshot, on, gravity },
    choice: toChoice(kind, args, { values: options, mayUndo }),
    signer: way.by === 'passkey' ? way.signer : '',
  };
  return (
    <Stack gap="md">
      <Review {...common} />
      <Send {...common} signing={signing} wish={wish} fault={fault} />
    </Stack>
  );
}
