// Renders the reference pages of docs/ from the catalogs and settings in the sources.

const note = '<!-- Generated from the sources by `pnpm generate`; do not edit. -->';

/** The page of all error codes; `catalogs` are those of protocol, agent and server. */
export function renderErrors([protocol, agent, server]) {
  return [
    note,
    '# Error codes',
    '',
    'A code never changes its meaning. "Again" says whether the same attempt may succeed later without anybody',
    'changing anything; programs may then try again by themselves. Some codes exist on two sides with the sentence',
    'that fits each.',
    '',
    '## Between agent and server',
    '',
    ...renderCatalog(protocol),
    '',
    '## Agent',
    '',
    ...renderCatalog(agent),
    '',
    '## Server',
    '',
    'The API answers these as problem documents (RFC 9457) with the HTTP status given here.',
    '',
    ...renderCatalog(server),
    '',
  ].join('\n');
}

function renderCatalog(catalog) {
  const entries = Object.entries(catalog);
  const withStatus = entries.some(([, entry]) => entry.status !== undefined);
  return renderTable(
    ['code', 'what it says', 'again', ...(withStatus ? ['HTTP'] : [])],
    entries.map(([code, { sentence, retryable, status }]) => [
      `\`${code}\``,
      sentence,
      retryable ? 'yes' : 'no',
      ...(withStatus ? [String(status ?? '')] : []),
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
