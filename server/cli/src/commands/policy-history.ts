// `muster policy list|show|history|diff|rollback`: policies in force and what they said before, each verified by its signature.
import { documentDigest } from '@muster/protocol/commands';
import type { OpenedPolicy } from '@muster/protocol/policy';
import type { Command } from 'commander';
import { take } from '../api/client.ts';
import { pageOf } from '../api/pages.ts';
import type { PolicyHistory } from '../api/types.ts';
import { fail } from '../errors.ts';
import { nodeCrypto } from '../keys/signing-key.ts';
import type { SigningOptions } from '../policy/applying.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { describeStandings, readStandings } from './policy-held.ts';
import { applyAndSay } from './policy-plan.ts';
import { addApproveOptions } from './sign-options.ts';

type Row = PolicyHistory['revisions'][number];

const NAME = 'name of the policy';

/** Registers the subcommands. */
export function registerPolicyHistory(policy: Command, terminal: Terminal): void {
  registerList(policy, terminal);
  registerShow(policy, terminal);
  registerHistory(policy, terminal);
  registerDiff(policy, terminal);
  registerRollback(policy, terminal);
}

/** Versions of the present epoch are numbers; older ones are written `epoch.version`. */
function findRow({ revisions }: PolicyHistory, version: string, epoch: number): Row {
  const wanted = version.includes('.') ? version : `${epoch}.${version}`;
  const row = revisions.find((one) => `${one.epoch}.${one.version}` === wanted);
  if (row !== undefined) return row;
  throw fail('E_NO_MATCH', { detail: `There is no version ${version}; muster policy history lists them.` });
}

async function readHistory({ api }: Session, name: string): Promise<PolicyHistory> {
  return take(api.http.GET('/api/v1/policies/{name}/revisions', { params: { path: { name } } }));
}

/** A revision as somebody signed it, and no other than was asked for. @throws MusterError those of openPolicy, E_WITHHELD */
async function openRow({ api }: Session, row: Row, trust: Trust): Promise<OpenedPolicy> {
  const { name, digest, epoch, version } = row;
  const { envelope } = await take(
    api.http.GET('/api/v1/policies/{name}/revisions/{digest}', { params: { path: { name, digest } } }),
  );
  const [{ openPolicy }, { fail: refuse }] = await Promise.all([
    import('@muster/protocol/policy'),
    import('@muster/protocol'),
  ]);
  const opened = openPolicy(envelope, { trust, crypto: nodeCrypto });
  const { document, policy } = opened;
  const isAsked = policy.name === name && document.epoch === epoch && document.version === version;
  if (!isAsked || documentDigest(envelope, nodeCrypto) !== digest) throw refuse('E_WITHHELD');
  return opened;
}

type Trust = Awaited<ReturnType<typeof import('../policy/applying.ts')['readBoth']>>['trust'];

async function readBoth(session: Session) {
  const applying = await import('../policy/applying.ts');
  return applying.readBoth(session);
}

function registerList(policy: Command, terminal: Terminal): void {
  policy
    .command('list')
    .summary('list the policies in force')
    .description(
      'Lists the policies in force, each verified by its signature, and says how many devices hold the set, as they said last.',
    )
    .action((_options: unknown, command: Command) =>
      withSession(terminal, command, async (session) => {
        const [{ inForce }, { drawInForce }, devices] = await Promise.all([
          readBoth(session),
          import('../views/policies.ts'),
          readStandings(session),
        ]);
        const items = inForce.members.map(({ name, digest, opened }) => ({
          ...{ name, digest, isVoid: opened === null },
          version: opened?.document.version ?? null,
          requester: opened?.document.requester ?? null,
          at: opened?.document.at ?? null,
          policy: opened?.policy ?? null,
        }));
        // Before the table, as its head; devices hold a set that names no policy too.
        const held = inForce.version === 0 || inForce.isVoid ? '' : describeStandings(devices);
        if (held !== '') session.note(`Set ${inForce.version} is in force. ${held}`);
        session.print({ ...pageOf(items), devices }, (canvas) =>
          items.length === 0 ? '' : drawInForce(inForce.members, canvas),
        );
        if (items.length === 0) session.note('No policy is in force.');
        noteVoid(session, inForce);
      }),
    );
}

/** Says that a set is void, whatever its members are. */
function noteVoid(session: Session, { isVoid }: { readonly isVoid: boolean }): void {
  if (isVoid)
    session.note(
      'The set in force is signed by nobody who may sign now, so nobody vouches that these are in force; sign it anew with muster apply.',
    );
}

function registerShow(policy: Command, terminal: Terminal): void {
  policy
    .command('show')
    .summary('show a policy as a file')
    .description(
      'Shows what a policy says, as a file, verified by its signature: the revision in force, or another one.',
    )
    .argument('<policy>', NAME)
    .argument('[version]', 'version, as muster policy history lists it (default: the one in force)')
    .action((...[name, version, , command]: [string, string | undefined, unknown, Command]) =>
      withSession(terminal, command, async (session) => {
        const { trust, inForce } = await readBoth(session);
        const opened =
          version === undefined
            ? inForce.members.find((one) => one.name === name)?.opened
            : await openRow(
                session,
                findRow(await readHistory(session, name), version, trust.policyEpoch),
                trust,
              );
        if (opened === undefined || opened === null)
          throw fail('E_NO_MATCH', {
            detail: `No policy ${name} is in force; muster policy list lists them, muster policy history ${name} what it was.`,
          });
        const { formatPolicyYaml } = await import('@muster/protocol/policy');
        session.print(opened, () => formatPolicyYaml(opened.policy).trimEnd());
        const { requester, at, reason } = opened.document;
        session.note(`Version ${opened.document.version}, signed by ${requester} at ${at}: ${reason}`);
        if (version === undefined) noteVoid(session, inForce);
      }),
    );
}

function registerHistory(policy: Command, terminal: Terminal): void {
  policy
    .command('history')
    .summary('list the revisions of a policy')
    .description('Lists the revisions of a policy, the newest first, also of one that is in force no more.')
    .argument('<policy>', NAME)
    .action((name: string, _options: unknown, command: Command) =>
      withSession(terminal, command, async (session) => {
        const [{ revisions }, { drawHistory }] = await Promise.all([
          readHistory(session, name),
          import('../views/policies.ts'),
        ]);
        session.print(pageOf(revisions), (canvas) => drawHistory(revisions, canvas));
      }),
    );
}

function registerDiff(policy: Command, terminal: Terminal): void {
  policy
    .command('diff')
    .summary('compare two revisions of a policy')
    .description(
      'Shows what another revision of a policy says otherwise, line by line, both verified by their signatures.',
    )
    .argument('<policy>', NAME)
    .argument('<from>', 'version, as muster policy history lists it')
    .argument('[to]', 'the other version (default: the newest)')
    .action((...[name, from, to, , command]: [string, string, string | undefined, unknown, Command]) =>
      withSession(terminal, command, async (session) => {
        const { trust } = await readBoth(session);
        const history = await readHistory(session, name);
        const [newest] = history.revisions;
        const last = to ?? (newest === undefined ? '' : `${newest.epoch}.${newest.version}`);
        const rows = [from, last].map((one) => findRow(history, one, trust.policyEpoch));
        const { diffLines, formatPolicyYaml } = await import('@muster/protocol/policy');
        const texts: string[] = [];
        for (const row of rows) texts.push(formatPolicyYaml((await openRow(session, row, trust)).policy));
        const text = diffLines(texts[0] ?? '', texts[1] ?? '');
        session.print({ text }, () => text.trimEnd());
        if (text === '') session.note('Both say the same.');
      }),
    );
}

function registerRollback(policy: Command, terminal: Terminal): void {
  const command = policy
    .command('rollback')
    .summary('put an older revision of a policy in force again, signed by you')
    .description(
      'Makes a new revision that says what an older one said, plans it, shows the plan, asks, signs it with your key and hands it in. All other policies stay as they are.',
    )
    .argument('<policy>', NAME)
    .option(
      '--to <version>',
      'version, as muster policy history lists it (default: the one before the newest)',
    )
    .option('--plan <digest>', 'only if the plan still is this one')
    .option('--reason <text>', 'why; stands in the history (default: the version)');
  addApproveOptions(command).action(
    (name: string, options: SigningOptions & { readonly to?: string }, command: Command) =>
      withSession(terminal, command, (session) => rollBack(session, name, options)),
  );
}

async function rollBack(
  session: Session,
  name: string,
  options: SigningOptions & { readonly to?: string },
): Promise<void> {
  const { makePlan, wantedInForce } = await import('../policy/applying.ts');
  const both = await readBoth(session);
  const history = await readHistory(session, name);
  const before = history.revisions[1];
  const to = options.to ?? (before === undefined ? undefined : `${before.epoch}.${before.version}`);
  if (to === undefined)
    throw fail('E_NO_MATCH', {
      detail: `The policy ${name} has one revision only; there is none before it.`,
    });
  const { policy, document } = await openRow(
    session,
    findRow(history, to, both.trust.policyEpoch),
    both.trust,
  );
  const others = wantedInForce(both.inForce).filter((one) => one.policy.name !== name);
  const made = await makePlan(session, both, [...others, { policy, source: document.source }]);
  const reason = options.reason ?? `muster policy rollback ${name} to version ${document.version}`;
  await applyAndSay(session, made, { ...options, reason });
}
