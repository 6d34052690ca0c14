// Renders the reference pages of docs/ from the catalogs and settings in the sources.

const note = '<!-- Generated from the sources by `pnpm generate`; do not edit. -->';

/** The page of all error codes; `statusOf` is the server's answer to which HTTP status a code gets. */
export function renderErrors({ protocolErrors }, { agentErrors }, { serverErrors, statusOf }) {
  return [
    note,
    '# Error codes',
    '',
    'A code never changes its meaning. "Again" says whether the same attempt may succeed later without anybody',
    'changing anything; programs may then try again by themselves. "HTTP" is the status of the problem document',
    '(RFC 9457) with which the API answers it. A code that two sides know has on each the sentence that fits there.',
    '',
    '## Between agent and server',
    '',
    ...renderCatalog(protocolErrors, statusOf),
    '',
    '## Agent',
    '',
    ...renderCatalog(agentErrors),
    '',
    '## Server',
    '',
    ...renderCatalog(serverErrors, statusOf),
    '',
  ].join('\n');
}

function renderCatalog(catalog, statusOf) {
  return renderTable(
    ['code', 'what it says', 'again', ...(statusOf ? ['HTTP'] : [])],
    Object.entries(catalog).map(([code, { sentence, retryable }]) => [
      `\`${code}\``,
      sentence,
      retryable ? 'yes' : 'no',
      ...(statusOf ? [String(statusOf(code))] : []),
    ]),
  );
}

function renderTable(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`);
}

function escapeCell(text) {
  return String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
}

export function renderConfiguration() {
  throw new Error('not written yet');
}
