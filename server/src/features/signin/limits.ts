// Limits and times of signing in, with their units.

/** A session ends when it was not used for this long, and at the latest after that long, ms. */
export const SESSION_IDLE_MS = 12 * 3_600_000;
export const SESSION_MS = 7 * 86_400_000;
/** A limited one, ms. */
export const LIMITED_SESSION_MS = 30 * 60_000;
/** The last use of a session is written at most this often, ms. */
export const USED_WRITE_MS = 60_000;
/** Sessions of one person; the longest unused ends for a new one. */
export const MAX_SESSIONS = 50;

/** Life of a setup link made on the host, and of an invitation, ms. */
export const SETUP_LINK_MS = 3_600_000;
export const INVITATION_MS = 24 * 3_600_000;

/** Life of a challenge, ms, and how many are open at a time: of strangers, and as many of people who are known. */
export const CHALLENGE_MS = 5 * 60_000;
export const MAX_CHALLENGES = 10_000;
/** Life of a sign-in at a provider, ms, and how many are under way, likewise. */
export const FLOW_MS = 10 * 60_000;
export const MAX_FLOWS = 2_000;
/** Challenges, and flows, that are open for one person or one setup link; the oldest is forgotten. */
export const MAX_OPEN_EACH = 10;
/** Challenges, and flows, that one address, or one person who is signed in, may begin within {@link TRIES_MS}. */
export const MAX_BEGUN = 60;

/** Failures by account and by address within that time, ms. */
export const TRIES_MS = 15 * 60_000;
export const MAX_TRIES_ACCOUNT = 10;
export const MAX_TRIES_ADDRESS = 30;
/** A site has a /48 of IPv6, which is 65,536 networks: it may try as often as so many of them. */
export const NETWORKS_OF_SITE = 4;
/** Names and addresses that are counted at a time; the oldest is forgotten. */
export const MAX_TRIED = 20_000;

/** Computations of argon2 at a time, and how many wait: each takes 19 MiB. */
export const MAX_HASHING = 2;
export const MAX_HASHES_WAITING = 20;
/** Characters of a password. */
export const MIN_PASSWORD_CHARS = 12;
export const MAX_PASSWORD_CHARS = 256;

/** Passkeys and identities of one person. */
export const MAX_PASSKEYS = 20;
export const MAX_IDENTITIES = 10;
/** Recovery codes made at once, and the random bytes of one. */
export const RECOVERY_CODES = 10;
export const RECOVERY_CODE_BYTES = 10;
/** How long the provider may take for one answer, s. */
export const PROVIDER_TIMEOUT_S = 5;
/** How long ago a person may have signed in there to count as being here, s. */
export const PROVIDER_MAX_AGE_S = 300;
