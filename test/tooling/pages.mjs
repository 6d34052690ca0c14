// Renders the reference pages of docs/ from the catalogs and settings in the sources.
import { readFileSync } from 'node:fs';

const note = '<!-- Generated from the sources by `pnpm generate`; do not edit. -->';

/** The page of all error codes, from all catalogs; `statusOf` is the server's answer to which HTTP status a code gets. */
export function renderErrors({ protocolErrors, agentErrors, serverErrors, cliErrors, statusOf }) {
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
    '## Command line',
    '',
    ...renderCatalog(cliErrors),
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

/** The page of all settings of the server's and the agent's configuration. */
export function renderConfiguration({ serverSettings }, agent, commandLine) {
  const [, agentFile] = readFileSync(commandLine, 'utf8').match(/^const DEFAULT_CONFIG = '(.+)';$/m);
  return [
    note,
    '# Settings',
    '',
    'Each program reads one JSON file, then environment variables, then flags; the later one wins. A setting that',
    'does not exist or does not fit stops the program, which names all faults at once.',
    '',
    '## Server',
    '',
    'The file is the one of `--config` or `MUSTER_CONFIG`, else `config.json` in the data folder.',
    '',
    ...renderSettings(serverSettings),
    '',
    '## Agent',
    '',
    `The file is the one of \`--config\`, else \`${agentFile}\`.`,
    '',
    ...renderSettings(agent.agentSettings.map((setting) => describeAgentSetting(setting, agent))),
    '',
  ].join('\n');
}

function describeAgentSetting(setting, { flagOf, variableOf }) {
  const { name, type, choices, minimum, maximum } = setting;
  const expected = {
    boolean: 'true or false',
    choice: `one of ${choices?.join(', ')}`,
    integer: `a whole number from ${minimum} to ${maximum}`,
    text: 'a text that is not empty',
  };
  return { ...setting, expected: expected[type], variable: variableOf(name), flag: `--${flagOf(name)}` };
}

function renderSettings(settings) {
  return renderTable(
    ['setting', 'default', 'what it does', 'value', 'variable', 'flag'],
    settings.map(({ name, default: standard, description, expected, variable, flag }) => [
      `\`${name}\``,
      standard === undefined ? 'none' : `\`${standard}\``,
      description,
      expected,
      `\`${variable}\``,
      `\`${flag}\``,
    ]),
  );
}
