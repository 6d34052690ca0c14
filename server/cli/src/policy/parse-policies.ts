// Policies of texts: all of them, or every fault of all texts at its place. Pure, and runs in a page too.
import {
  checkPolicies,
  checkPolicy,
  type Policy,
  type PolicyFault,
  policySchema,
} from '@muster/protocol/policy';
import type { Fault, Source } from './place.ts';
import { type Path, parseYaml, type YamlDocument } from './yaml.ts';

/** A document of a file. */
interface PlacedDocument {
  readonly source: Source;
  readonly document: YamlDocument;
}

/** A policy with the way back to its file. */
export interface PlacedPolicy {
  readonly policy: Policy;
  readonly source: Source;
  /** A fault of it at its place, for what only a server knows to be wrong. */
  blame(fault: PolicyFault): Fault;
}

/** What files say. */
export interface ReadPolicies {
  /** In the order of files and documents; empty where anything is wrong. */
  readonly policies: readonly PlacedPolicy[];
  /** Everything that is wrong, file by file, from the top of each to its end. */
  readonly faults: readonly Fault[];
  readonly fileCount: number;
}

/** Pure: policies or faults of texts. */
export function parsePolicies(sources: readonly Source[]): ReadPolicies {
  const read = sources.map(parseSource);
  const documents = read.flatMap((file) => file.documents);
  const faults = [...read.flatMap((file) => file.faults), ...findCommonFaults(documents)];
  const order = new Map(sources.map((source, at) => [source, at]));
  const rank = ({ source }: Fault) => order.get(source) ?? 0;
  return {
    policies: faults.length > 0 ? [] : read.flatMap((file) => file.policies),
    faults: faults.toSorted((a, b) => rank(a) - rank(b) || a.at - b.at),
    fileCount: sources.length,
  };
}

function parseSource(source: Source) {
  const { documents, faults: broken } = parseYaml(source.text);
  const placed = documents.map((document) => ({ source, document }));
  // The reader of YAML may complain about one place several times.
  const faults: Fault[] = [
    ...new Map(broken.toReversed().map((fault) => [fault.at, { source, ...fault }])).values(),
  ];
  const policies: PlacedPolicy[] = [];
  // What is no YAML here is not told a second time as a policy that says something odd.
  const told = new Set(broken.map(({ at }) => at));
  for (const one of placed.filter(({ document }) => document.isWhole)) {
    const checked = checkPolicy(one.document.value);
    if ('policy' in checked)
      policies.push({ policy: checked.policy, source, blame: (fault) => place(one, fault) });
    else
      for (const fault of checked.faults.map((found) => place(one, found)))
        if (!told.has(fault.at)) faults.push(fault);
  }
  if (documents.length === 0 && faults.length === 0)
    faults.push({ source, at: 0, message: 'Write a policy; there is none in this file.' });
  return { documents: placed, faults, policies };
}

/** Names twice and too many policies; also among those that have other faults. */
function findCommonFaults(documents: readonly PlacedDocument[]): Fault[] {
  const named = documents.flatMap((one) => {
    const name = readName(one.document.value);
    return name === null ? [] : [{ ...one, name }];
  });
  return checkPolicies(named).flatMap(({ path: [at, ...path], message }) => {
    const one = typeof at === 'number' ? named[at] : undefined;
    return one === undefined ? [] : [place(one, { path, message })];
  });
}

function readName(value: unknown): string | null {
  return typeof value === 'object' && value !== null && 'policy' in value && typeof value.policy === 'string'
    ? value.policy
    : null;
}

function place({ source, document }: PlacedDocument, { path, message, offset }: PolicyFault): Fault {
  const at = document.locate(path, { offset, atKey: !isKnown(path) });
  const written = document.readWritten(path);
  // Of `mode: 0640` YAML makes the number 640: who is asked for a text meant what he wrote.
  return {
    source,
    at,
    message: written === null ? message : message.replace(/"[-.\w]+"\.$/, `"${written}".`),
  };
}

/** Whether the schema has such a key; of one that it does not have, the key itself is what is wrong. */
function isKnown(path: Path): boolean {
  let at: unknown = policySchema;
  for (const step of path)
    at = typeof step === 'number' ? readKey(at, 'items') : readKey(readKey(at, 'properties'), step);
  return at !== undefined;
}

function readKey(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}
