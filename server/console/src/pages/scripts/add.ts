// Adding signed content: the document over a file, the same as a line for a terminal, and the upload of its bytes.
import { encodeBase64url, isMusterError, type ReadonlyTrust, toUnsigned } from '@muster/protocol';
import {
  type Content,
  type ContentParameter,
  findContentFault,
  parseDocument,
} from '@muster/protocol/commands';
import { ApiError, api, take } from '../../api/client.ts';
import { formatShortSpan } from '../../parts/format/short-span.ts';
import { quoteWord } from '../../parts/shell.ts';
import type { ContentView } from '../../signing/api.ts';

/** Largest piece of a body in one request, bytes. */
const PIECE_BYTES = 256 * 1024;

/** What a person chose. */
export interface Chosen {
  readonly file: File | null;
  readonly use: 'script' | 'file';
  readonly name: string;
  readonly interpreter: 'sh' | 'bash' | 'python3';
  readonly parameters: readonly ContentParameter[];
  readonly runAs: readonly string[];
  readonly stdin: boolean;
  readonly timeoutMs: number;
  readonly okExits: readonly number[];
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  readonly reason: string;
}

export const initialChosen: Chosen = {
  ...{ file: null, use: 'script', name: '', interpreter: 'sh', parameters: [], runAs: [], stdin: false },
  ...{ timeoutMs: 300_000, okExits: [0], path: '', mode: '0644', owner: '', group: '', reason: '' },
};

function boundsOf(chosen: Chosen) {
  if (chosen.use === 'file') {
    const { path, mode, owner, group } = chosen;
    return {
      ...{ interpreter: 'none' as const, parameters: [], place: { path, mode, owner, group } },
      ...{ runAs: [], stdin: false, timeoutMs: 0, okExits: [] },
    };
  }
  const { interpreter, parameters, runAs, stdin, timeoutMs, okExits } = chosen;
  return { interpreter, parameters, place: null, runAs, stdin, timeoutMs, okExits };
}

/** The document over a file. @throws ApiError in words for what no device would take */
export async function draftContent(
  chosen: Chosen & { readonly file: File },
  { trust, requester }: { readonly trust: ReadonlyTrust; readonly requester: string },
): Promise<Content> {
  const { file, use } = chosen;
  const name = chosen.name || file.name;
  const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  const document: Content = {
    ...{ v: 1, org: trust.org, use, name },
    ...{ sha256: encodeBase64url(new Uint8Array(hash)), sizeBytes: file.size },
    ...boundsOf(chosen),
    ...{
      at: new Date().toISOString(),
      requester,
      reason: chosen.reason || name,
      trustVersion: trust.version,
    },
  };
  const fault = findContentFault(document);
  if (fault !== null) throw new ApiError(0, { code: 'E_CONTENT', detail: fault });
  try {
    parseDocument<Content>(toUnsigned('', document).payload, 'content');
  } catch (error) {
    if (isMusterError(error)) throw new ApiError(0, { code: error.code, detail: error.message });
    throw error;
  }
  return document;
}

/** Sends the bytes in pieces, from where an earlier try ended. @throws ApiError */
export async function upload({ digest, receivedBytes, missing }: ContentView, file: File): Promise<void> {
  if (missing === null) return;
  for (let offset = receivedBytes, isComplete = false; !isComplete; ) {
    const answer = await take(
      api.PUT('/api/v1/content/{digest}/body', {
        params: { path: { digest }, query: { offset } },
        body: file.slice(offset, offset + PIECE_BYTES),
        bodySerializer: (piece: unknown) => piece as Blob,
        headers: { 'content-type': 'application/octet-stream' },
      }),
    );
    if (!answer.complete && answer.received <= offset) throw new ApiError(0, { code: 'E_ANSWER' });
    offset = answer.received;
    isComplete = answer.complete;
  }
}

function optionsOf(chosen: Chosen): string[] {
  if (chosen.use === 'file') {
    const { path, mode, owner, group } = chosen;
    return [
      ...['--place', path, '--mode', mode],
      ...(owner === '' ? [] : ['--owner', owner]),
      ...(group === '' ? [] : ['--group', group]),
    ];
  }
  const { interpreter, parameters, runAs, stdin, timeoutMs, okExits } = chosen;
  return [
    ...['--interpreter', interpreter],
    ...parameters.flatMap(({ name, type, required, description }) => [
      '--param',
      `${name}:${type}${required ? ':required' : ''}:${description || name}`,
    ]),
    ...(runAs.length === 0 ? [] : ['--run-as', ...runAs]),
    ...(stdin ? ['--stdin'] : []),
    ...['--timeout', formatShortSpan(timeoutMs), '--ok-exit', okExits.join(',')],
  ];
}

/** The whole line for a terminal. */
export function toAddLine(chosen: Chosen): string {
  const { file, name, reason } = chosen;
  const words = [
    ...['muster', 'content', 'add', file?.name ?? 'FILE'],
    ...(name === '' ? [] : ['--name', name]),
    ...optionsOf(chosen),
    ...(reason === '' ? [] : ['--reason', reason]),
  ];
  return words.map(quoteWord).join(' ');
}
