// Sections of the inventory, one below the other: their source and age, then facts or rows.
import { Box, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { type UseQueryResult, useQueries } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { ApiError } from '../../api/client.ts';
import { useSettled } from '../../app/settled.ts';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { Problem } from '../../parts/Problem.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { sectionQuery, useInventory, useSections, type WholeSection } from './data.ts';
import { type Fact, Facts, Origin } from './Facts.tsx';
import { Rows } from './Rows.tsx';
import { type DeviceSearch, parseSearch } from './search.ts';
import { sourceOf } from './sources.ts';
import { text } from './text-inventory.ts';
import type { Device, Inventory, SectionInfo } from './types.ts';
import { columnsOf, formatValue, titleOf } from './values.ts';

interface SectionsProps {
  readonly device: Device;
  readonly sections: readonly string[];
  /** What stands below them, shown once it is known where that is. */
  readonly children?: ReactNode;
}

export function Sections(props: SectionsProps) {
  const [{ at }] = useSearchState<DeviceSearch>(parseSearch);
  return <Together key={[at, ...props.sections].join()} {...props} at={at} />;
}

/** They appear together: one that came later would move those below it. */
function Together({ device, sections, children, at }: SectionsProps & { readonly at: string | undefined }) {
  const infos = useSections();
  const inventory = useInventory(device.id, at);
  const all = useQueries({ queries: sections.map((name) => sectionQuery(device.id, name, at)) });
  const isSettled = useSettled(infos.isPending || all.some(({ isPending }) => isPending));
  if (!isSettled) return <Skeleton height={sections.length * 130} />;
  return (
    <Stack gap="xl">
      {sections.map((name, place) => {
        const section = all[place];
        if (section === undefined) return null;
        return (
          <SectionPart
            key={name}
            {...{ name, section, at }}
            info={infos.data?.get(name)}
            inventory={inventory.data}
            isAlone={sections.length === 1}
          />
        );
      })}
      {children}
    </Stack>
  );
}

/** Title of a section in the reader's language; the device's own word for one this console does not know. */
export function useSectionTitle(): (name: string, fallback: string) => string {
  const say = useText(text);
  return (name, fallback) => {
    const key = `section_${name}`;
    return key in text.en ? say(key as keyof typeof text.en & `section_${string}`) : fallback;
  };
}

/** The frame of a section: a heading, and beside it where the values come from and how old they are. */
export function SectionFrame({
  title,
  hint,
  origin,
  children,
}: {
  readonly title: string;
  readonly hint?: string | undefined;
  readonly origin: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <Box component="section" aria-label={title}>
      <Group gap="sm" mb={6} align="baseline">
        <Title order={2} fz="md" title={hint}>
          {title}
        </Title>
        {origin}
      </Group>
      {children}
    </Box>
  );
}

/** One section of a device. */
export interface SectionProps {
  readonly device: Device;
  readonly name: string;
  /** Nothing else is on the page, so it may be as high as that. */
  readonly isAlone: boolean;
}

interface PartProps {
  readonly name: string;
  readonly section: UseQueryResult<WholeSection>;
  readonly at: string | undefined;
  readonly info: SectionInfo | undefined;
  readonly inventory: Inventory | undefined;
  readonly isAlone: boolean;
}

function SectionPart({ name, section, at, info, inventory, isAlone }: PartProps) {
  const say = useText(text);
  const title = useSectionTitle()(name, info?.title ?? name);
  if (section.isPending) return <Skeleton height={90} />;
  if (section.isError)
    return (
      <SectionFrame title={title} hint={info?.source} origin={null}>
        {section.error instanceof ApiError && section.error.status === 404 ? (
          <Quiet>{at === undefined ? say('notReported') : say('absent')}</Quiet>
        ) : (
          <Problem
            error={section.error}
            what={say('sectionFailed', { title })}
            retry={() => void section.refetch()}
          />
        )}
      </SectionFrame>
    );
  const { data } = section;
  return (
    <SectionFrame title={title} hint={info?.source} origin={<Age section={data} inventory={inventory} />}>
      <SectionBody section={data} info={info} title={title} isAlone={isAlone} inventory={inventory} />
    </SectionFrame>
  );
}

function Quiet({ children }: { readonly children: ReactNode }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  );
}

/** When the section was last known to be so. */
function knownAt(section: WholeSection, inventory: Inventory | undefined): string {
  if (section.until !== null) return section.until;
  return inventory?.confirmedAt ?? inventory?.storedAt ?? section.since;
}

/** "dpkg, 4 minutes ago; unchanged since 3 Nov 12:04". */
function Age({
  section,
  inventory,
}: {
  readonly section: WholeSection;
  readonly inventory: Inventory | undefined;
}) {
  const say = useText(text);
  const format = useFormat();
  const moment = (at: string) => format.exact(Date.parse(at));
  return (
    <Text span size="xs" c="dimmed">
      <Origin source={sourceOf(section.name)} at={knownAt(section, inventory)} />
      {' · '}
      {section.until === null
        ? say('unchangedSince', { moment: moment(section.since) })
        : say('validUntil', { moment: moment(section.until) })}
    </Text>
  );
}

function SectionBody({
  section,
  info,
  title,
  isAlone,
  inventory,
}: {
  readonly section: WholeSection;
  readonly info: SectionInfo | undefined;
  readonly title: string;
  readonly isAlone: boolean;
  readonly inventory: Inventory | undefined;
}) {
  const say = useText(text);
  const { rows, outcome, reason } = section;
  if (outcome !== 'ok')
    return <Quiet>{say(outcome === 'error' ? 'unreadable' : 'noData', { reason })}</Quiet>;
  if (rows.length === 0) return <Quiet>{say('noRows')}</Quiet>;
  if (rows.length === 1 && info?.key.length === 0)
    return <OneRow section={section} info={info} title={title} at={knownAt(section, inventory)} />;
  return (
    <Rows name={section.name} title={title} rows={rows} info={info} at={section.since} isAlone={isAlone} />
  );
}

/** A section that has one row by nature is a list of facts. */
function OneRow({
  section,
  info,
  title,
  at,
}: {
  readonly section: WholeSection;
  readonly info: SectionInfo;
  readonly title: string;
  readonly at: string;
}) {
  const say = useText(text);
  const format = useFormat();
  const facts = useMemo<Fact[]>(() => {
    const [row = {}] = section.rows;
    const words = { format, yes: say('yes'), no: say('no') };
    return columnsOf(section.rows, info).map((column) => ({
      key: column.name,
      name: titleOf(column.name),
      hint: column.description,
      value: formatValue(row[column.name], column, words),
      source: sourceOf(section.name),
      at,
    }));
  }, [section, info, at, format, say]);
  return <Facts facts={facts} label={title} isOneSource />;
}
