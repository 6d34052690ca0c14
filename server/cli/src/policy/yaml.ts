// Reads YAML 1.2 with the core schema: plain keys and values only, bounded, every fault with its place.
import { findHiddenIn } from '@muster/protocol/policy';
import {
  Composer,
  CST,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  Parser,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { MAX_LEVELS, MAX_PIECES } from './limits.ts';
import { findInScalar } from './scalar.ts';
import { explainYamlError } from './yaml-faults.ts';

/** Something that is no YAML, or none that is read here. */
export interface YamlFault {
  /** UTF-16 units from the beginning of the file. */
  readonly at: number;
  readonly message: string;
}

/** Keys and indexes from the top of a document. */
export type Path = readonly (string | number)[];

/** One document of a file. */
export interface YamlDocument {
  /** Objects, lists, texts, numbers, true, false and null; nothing in it is shared. */
  readonly value: unknown;
  /** False where its form is broken, so that its value says nothing. */
  readonly isWhole: boolean;
  /**
   * Where a value stands, or a place inside of a text. Lists and maps stand at their key, and what is
   * not there stands at the beginning of where it is missing. `atKey`: the key itself.
   */
  locate(path: Path, options?: { readonly offset?: number | undefined; readonly atKey?: boolean }): number;
  /** A number, true or false as it was written: `0640` is the number 640. Null for all else. */
  readWritten(path: Path): string | null;
}

type YamlNode = Node | null | undefined;
type Token = CST.Token;
/** What is told while nodes become values. */
interface Reading {
  readonly faults: YamlFault[];
  /** Keys of maps, each once, for finding a place without looking through all. */
  readonly pairs: Map<YAMLMap, Map<string, Pair>>;
}

/** Documents of a text with everything that is wrong with its form; empty documents are none. */
export function parseYaml(text: string): {
  readonly documents: readonly YamlDocument[];
  readonly faults: readonly YamlFault[];
} {
  const { tokens, faults } = readTokens(text);
  if (tokens === null) return { documents: [], faults };
  // Keys that stand twice are found here, where it costs one look a key.
  const composer = new Composer({ version: '1.2', schema: 'core', merge: false, uniqueKeys: false });
  const documents: YamlDocument[] = [];
  for (const { contents, errors } of composer.compose(tokens)) {
    addErrors(faults, errors);
    const isEmpty = contents === null || (isScalar(contents) && contents.source === '');
    if (errors.length > 0 || !isEmpty)
      documents.push(openDocument(text, contents, { faults, isWhole: errors.length === 0 }));
  }
  addErrors(faults, composer.streamInfo().errors);
  return { documents, faults };
}

/** One by one: there may be more of them than a call takes arguments. */
function addErrors(faults: YamlFault[], errors: readonly YAMLError[]): void {
  for (const { code, message, pos } of errors)
    faults.push({ at: pos[0], message: explainYamlError(code, message) });
}

/** Splits the text; `tokens` is null where that was given up. Refuses what is not read here as soon as it comes. */
function readTokens(text: string): { readonly tokens: Token[] | null; readonly faults: YamlFault[] } {
  const parser = new Parser();
  const tokens: Token[] = [];
  const faults: YamlFault[] = [];
  let pieces = 0;
  let isText = false; // the piece before said that this one is a text, whatever it looks like
  for (const piece of new Lexer().lex(text)) {
    const at = parser.offset;
    const type: CST.TokenType | null = isText ? null : CST.tokenType(piece);
    isText = type === 'scalar';
    const message = refusePiece(type, piece);
    if (message !== null) faults.push({ at, message });
    // Who reviews a file reads its comments too.
    const hidden = type === 'comment' ? findHiddenIn(piece) : null;
    if (hidden !== null) faults.push({ at: at + hidden.offset, message: hidden.message });
    for (const token of parser.next(piece)) tokens.push(token);
    const limit = findLimit(++pieces, parser.stack.length);
    // One fault says it all: what would be read next is not looked at.
    if (limit !== null) return { tokens: null, faults: [...faults, { at, message: limit }] };
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, faults };
}

/** Both are looked at while the text is split: what is built of it would have to be taken down level by level. */
function findLimit(pieces: number, levels: number): string | null {
  if (levels > MAX_LEVELS) return 'Take some levels away; so many inside of each other are never a policy.';
  if (pieces > MAX_PIECES) return 'Divide the file into several; it has too many keys and values.';
  return null;
}

/** What YAML allows and a policy does not: everything by which a text means something that does not stand there. */
function refusePiece(type: CST.TokenType | null, piece: string): string | null {
  switch (type) {
    case 'alias':
      return 'Write it out; aliases (*name) are not read.';
    case 'anchor':
      return 'Take the anchor (&name) away; what it marks is written out wherever it is meant.';
    case 'tag':
      return 'Take the tag (!name) away; the form of a value says what it is.';
    case 'directive-line':
      return /^%YAML[ \t]+1\.2(?:[ \t]|$)/.test(piece)
        ? null
        : 'Take the directive away; files are YAML 1.2.';
    default:
      return null;
  }
}

function openDocument(
  text: string,
  contents: YamlNode,
  { faults, isWhole }: { readonly faults: YamlFault[]; readonly isWhole: boolean },
): YamlDocument {
  const reading: Reading = { faults, pairs: new Map() };
  const value = isWhole ? readNode(contents, reading) : undefined;
  return {
    value,
    isWhole,
    readWritten(path) {
      let node: YamlNode = contents;
      for (const step of path) node = findPair(node, step, reading)?.value;
      return isScalar(node) && typeof node.value !== 'string' ? (node.source ?? null) : null;
    },
    locate(path, { offset, atKey = false } = {}) {
      let node: YamlNode = contents;
      let place = startOf(contents, 0);
      for (const [depth, step] of path.entries()) {
        const pair = findPair(node, step, reading);
        // What is missing is missing from here.
        if (pair === undefined) return place;
        node = pair.value;
        const isLast = depth === path.length - 1;
        place = isLast && !atKey && isValue(node) ? startOf(node, place) : startOf(pair.key, place);
      }
      return offset !== undefined && isValue(node) ? findOffset(text, node, offset) : place;
    },
  };
}

/** A node as a value. Its levels are bounded, so it may call itself. */
function readNode(node: YamlNode, reading: Reading): unknown {
  if (isMap(node)) return readMap(node, reading);
  if (isSeq(node)) return node.items.map((item) => readNode(toNode(item), reading));
  // An alias has been refused already, and is nothing.
  return isScalar(node) ? node.value : node === null ? null : undefined;
}

function readMap(map: YAMLMap, reading: Reading): Record<string, unknown> {
  const pairs = new Map<string, Pair>();
  reading.pairs.set(map, pairs);
  for (const pair of map.items) {
    const key = isScalar(pair.key) ? pair.key.value : undefined;
    const message = refuseKey(key, pairs);
    if (message !== null) reading.faults.push({ at: startOf(toNode(pair.key), startOf(map, 0)), message });
    else if (typeof key === 'string') pairs.set(key, pair);
  }
  // Own properties only, also of a key like __proto__.
  return Object.fromEntries([...pairs].map(([key, { value }]) => [key, readNode(toNode(value), reading)]));
}

function refuseKey(key: unknown, known: ReadonlyMap<string, unknown>): string | null {
  if (typeof key !== 'string') return 'Write a text as the key; numbers, lists and nothing at all are none.';
  if (key === '<<') return 'Write out what belongs here; merge keys (<<) are not read.';
  return known.has(key)
    ? `Leave one of them; the key ${JSON.stringify(key.slice(0, 40))} stands here twice.`
    : null;
}

/** What a map or list has under a key or index; the key of an entry is the entry. */
function findPair(node: YamlNode, step: string | number, { pairs }: Reading) {
  if (isMap(node)) {
    const pair = pairs.get(node)?.get(String(step));
    return pair && { key: toNode(pair.key), value: toNode(pair.value) };
  }
  if (!isSeq(node) || typeof step !== 'number' || !(step in node.items)) return undefined;
  const entry = toNode(node.items[step]);
  return { key: entry, value: entry };
}

/** What can be pointed at by itself: a text that is there, or an alias. */
function isValue(node: YamlNode): boolean {
  return isScalar(node)
    ? node.source !== ''
    : !isMap(node) && !isSeq(node) && node !== null && node !== undefined;
}

function findOffset(text: string, node: YamlNode, offset: number): number {
  const start = startOf(node, 0);
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return start;
  const { type, value, range } = node;
  return findInScalar(text, { type, value, range: [range[0], range[1]] }, offset);
}

/** Where a node begins; a map where its first key does. */
function startOf(node: YamlNode, otherwise: number): number {
  return node?.range?.[0] ?? otherwise;
}

/** The library types what it read more loosely than it makes it. */
function toNode(value: unknown): YamlNode {
  return isNode(value) ? value : null;
}
