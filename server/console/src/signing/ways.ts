// How this person may sign something: by a gesture here, by the command line, or not at all. Pure.
import {
  type CommandClass,
  decodeBase64url,
  type Envelope,
  keyid,
  type ReadonlyTrust,
  type SignerRole,
  sha256,
} from '@muster/protocol';
import { hasRole } from '@muster/protocol/commands';

/** Why the command line is needed. */
export type CliReason =
  /** Whoever looks is no signer of the trust document. */
  | 'no-signer'
  /** He is one, without the right. */
  | 'no-role'
  /** He has no passkey there. */
  | 'no-passkey'
  /** The browser has none at this address. */
  | 'no-browser'
  /** The trust document does not list this address. */
  | 'origin'
  /** What is asked for must be shown by other means than a page. */
  | 'class';

/** How it can be signed. */
export type Way =
  | {
      readonly by: 'passkey';
      readonly signer: string;
      readonly keys: readonly string[];
      readonly rpId: string;
    }
  | { readonly by: 'cli'; readonly why: CliReason }
  /** Destructive kinds are refused by every device in quickstart mode. */
  | { readonly by: 'nobody'; readonly why: 'quickstart' };

/** What is to be signed. */
export interface Wish {
  readonly role: SignerRole;
  /** Kind of command, `content`, or empty for halts. */
  readonly kind: string;
  readonly commandClass: CommandClass;
  /** Somebody has signed it outside of any page already. */
  readonly isDirect?: boolean;
}

/** Where the page is. */
export interface Place {
  readonly origin: string;
  readonly hostname: string;
  readonly hasPasskeys: boolean;
}

/** Where this page is. */
export function readPlace(): Place {
  return {
    origin: location.origin,
    hostname: location.hostname,
    hasPasskeys: 'PublicKeyCredential' in globalThis && globalThis.isSecureContext,
  };
}

/** True where one signature of a gesture can never be enough, because the last word must be said outside of any page. */
function needsCli(trust: ReadonlyTrust, { role, commandClass, isDirect = false }: Wish): boolean {
  if (commandClass !== 'code' && commandClass !== 'destructive') return false;
  if (trust.mode !== 'hardened') return true;
  if (role !== 'approve') return false;
  // The second signature on code is always made outside; on a destructive command one of the two.
  return commandClass === 'code' || !isDirect;
}

/** The name for which a gesture made at a place counts; undefined: the trust document takes none from there. */
export function findRpId(
  { origins, rpIds }: Pick<ReadonlyTrust, 'origins' | 'rpIds'>,
  { origin, hostname }: Pick<Place, 'origin' | 'hostname'>,
): string | undefined {
  if (!origins.includes(origin)) return undefined;
  return rpIds.find((id) => hostname === id || hostname.endsWith(`.${id}`));
}

/** How a signer may sign a wish at a place; null: whoever looks is none. */
export function judgeWay(
  trust: ReadonlyTrust,
  wish: Wish,
  { signerId, place }: { readonly signerId: string | null; readonly place: Place },
): Way {
  if (trust.mode === 'quickstart' && wish.commandClass === 'destructive')
    return { by: 'nobody', why: 'quickstart' };
  const signer = trust.signers.find(({ id, kind }) => id === signerId && kind === 'person');
  if (signer === undefined) return { by: 'cli', why: 'no-signer' };
  if (!hasRole(trust, signer.id, wish)) return { by: 'cli', why: 'no-role' };
  if (needsCli(trust, wish)) return { by: 'cli', why: 'class' };
  const keys = signer.keys.flatMap(({ scheme, key }) => (scheme === 'webauthn-es256' ? [key] : []));
  if (keys.length === 0) return { by: 'cli', why: 'no-passkey' };
  if (!place.hasPasskeys) return { by: 'cli', why: 'no-browser' };
  const rpId = findRpId(trust, place);
  if (rpId === undefined) return { by: 'cli', why: 'origin' };
  return { by: 'passkey', signer: signer.id, keys, rpId };
}

/** True when one of the signatures was made with a key file of a person, by its hint; the server has verified them. */
export function isSignedDirectly(
  trust: ReadonlyTrust,
  { signatures }: Pick<Envelope, 'signatures'>,
): boolean {
  const direct = new Set(
    trust.signers
      .filter(({ kind }) => kind === 'person')
      .flatMap(({ keys }) => keys)
      .filter(({ scheme }) => scheme === 'ed25519')
      .map(({ key }) => keyid(decodeBase64url(key), { sha256 })),
  );
  return signatures.some(({ keyid: id }) => direct.has(id));
}

/** Who could sign in a role, by name. */
export function listAble(trust: ReadonlyTrust, { role, kind }: Pick<Wish, 'role' | 'kind'>): string[] {
  return trust.signers.filter(({ id }) => hasRole(trust, id, { role, kind })).map(({ id }) => id);
}
